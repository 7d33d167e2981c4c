import { describe, expect, it } from '@jest/globals';
import { createHash } from 'node:crypto';
import { encodeMobileConfig } from '../src/index.ts';
import type { MobileConfigFields } from '../src/index.ts';

const fields: MobileConfigFields = {
  url: 'http://pki.example/scep/phones?a=1&b=2',
  name: 'phones',
  displayName: 'Phones of "Müller & Söhne" <Works>',
  organization: 'Müller & Söhne',
  identifier: 'com.example.phones',
  challenge: ']]><string>&amp;',
  subject: [
    ['O', 'Müller & Söhne'],
    ['CN', 'phone-0001'],
  ],
  subjectAltNames: { dnsNames: ['phone-0001.example'], emailAddresses: ['a@example', 'b@example'] },
  keySize: 2048,
  retries: 12,
  retryDelaySeconds: 300,
  caCertificateDer: Uint8Array.of(1, 2, 3),
  rootCertificateDer: Uint8Array.of(4, 5, 6),
};

/** The keys and what is behind them, of a property list without surprises. */
function read(xml: string): unknown {
  const tokens = xml.slice(xml.indexOf('<plist')).match(/<[^>]+>|[^<\s][^<]*/g)!;
  let at = 1;
  const unescape = (text: string): string =>
    text.replace(
      /&(amp|lt|gt|quot|#13);/g,
      (_, name: string) => ({ amp: '&', lt: '<', gt: '>', quot: '"', '#13': '\r' })[name]!,
    );
  const text = (): string => {
    const next = tokens[at]!;
    const value = next.startsWith('<') ? '' : (at++, unescape(next));
    at++;
    return value;
  };
  const value = (): unknown => {
    const open = tokens[at++]!;
    switch (open) {
      case '<dict>': {
        const entries: [string, unknown][] = [];
        while (tokens[at] !== '</dict>') {
          expect(tokens[at++]).toBe('<key>');
          entries.push([text(), value()]);
        }
        at++;
        return Object.fromEntries(entries);
      }
      case '<array>': {
        const items: unknown[] = [];
        while (tokens[at] !== '</array>') items.push(value());
        at++;
        return items;
      }
      case '<string>':
        return text();
      case '<integer>':
        return Number(text());
      case '<data>':
        return new Uint8Array(Buffer.from(text(), 'base64'));
      default:
        throw new Error(open);
    }
  };
  return value();
}

describe('a configuration profile', () => {
  it('makes an Apple device trust the root and enroll', () => {
    const uuid = expect.stringMatching(/^[0-9A-F]{8}-[0-9A-F]{4}-8[0-9A-F]{3}-[89AB][0-9A-F]{3}-[0-9A-F]{12}$/);
    expect(read(encodeMobileConfig(fields))).toEqual({
      PayloadContent: [
        {
          PayloadContent: Uint8Array.of(4, 5, 6),
          PayloadCertificateFileName: 'root.cer',
          PayloadDisplayName: 'Phones of "Müller & Söhne" <Works> (root)',
          PayloadIdentifier: 'com.example.phones.root',
          PayloadType: 'com.apple.security.root',
          PayloadUUID: uuid,
          PayloadVersion: 1,
        },
        {
          PayloadContent: {
            URL: 'http://pki.example/scep/phones?a=1&b=2',
            Name: 'phones',
            Subject: [[['O', 'Müller & Söhne']], [['CN', 'phone-0001']]],
            SubjectAltName: { dNSName: 'phone-0001.example', rfc822Name: ['a@example', 'b@example'] },
            Challenge: ']]><string>&amp;',
            'Key Type': 'RSA',
            Keysize: 2048,
            'Key Usage': 5,
            CAFingerprint: new Uint8Array(
              createHash('sha1')
                .update(Uint8Array.of(1, 2, 3))
                .digest(),
            ),
            Retries: 12,
            RetryDelay: 300,
          },
          PayloadDisplayName: 'Phones of "Müller & Söhne" <Works> (SCEP)',
          PayloadIdentifier: 'com.example.phones.scep',
          PayloadType: 'com.apple.security.scep',
          PayloadUUID: uuid,
          PayloadVersion: 1,
        },
      ],
      PayloadDisplayName: 'Phones of "Müller & Söhne" <Works>',
      PayloadOrganization: 'Müller & Söhne',
      PayloadIdentifier: 'com.example.phones',
      PayloadType: 'Configuration',
      PayloadUUID: uuid,
      PayloadVersion: 1,
    });
  });

  it('is XML: what has a meaning there is escaped', () => {
    const xml = encodeMobileConfig(fields);
    expect(xml.startsWith('<?xml version="1.0" encoding="UTF-8"?>\n<!DOCTYPE plist ')).toBe(true);
    expect(xml).toContain('<string>]]&gt;&lt;string&gt;&amp;amp;</string>');
    expect(xml).toContain('<string>http://pki.example/scep/phones?a=1&amp;b=2</string>');
  });

  it.each(['\0', '\x1b', '\uffff', '\ud800'])('refuses text that XML cannot carry: %j', (character) => {
    expect(() => encodeMobileConfig({ ...fields, challenge: character })).toThrow(RangeError);
  });

  it('is the same for the same fields; its identifiers change with them, but not with the challenge', () => {
    const uuids = (changed: Partial<MobileConfigFields>): string[] =>
      encodeMobileConfig({ ...fields, ...changed }).match(/[0-9A-F]{8}(?:-[0-9A-F]{4}){3}-[0-9A-F]{12}/g)!;
    expect(encodeMobileConfig({ ...fields })).toBe(encodeMobileConfig(fields));
    expect(new Set(uuids({})).size).toBe(3);
    expect(uuids({ challenge: 'another' })).toEqual(uuids({}));
    expect(uuids({ url: 'http://pki.example/scep/other' })).not.toEqual(uuids({}));
  });

  it('leaves out what is not said', () => {
    const { organization, challenge, subjectAltNames, retries, retryDelaySeconds, ...rest } = fields;
    expect([organization, challenge, subjectAltNames, retries, retryDelaySeconds]).not.toContain(undefined);
    const xml = encodeMobileConfig(rest);
    expect(xml).not.toMatch(/Challenge|SubjectAltName|Retr|PayloadOrganization/);
  });
});
