import { encodePem } from '@touchmark/asn1';
import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import type { CaErrorCode } from '@touchmark/ca';
import { decodeRequestBody } from '../src/index.ts';
import { deviceIdentity, requestPem } from './identities.ts';
import { requestBase64, requestDer } from './scripted-authority.ts';

const pkcs10 = { 'content-type': 'application/pkcs10' };
const lines = (end: string, width = 64): string =>
  requestBase64.replaceAll(new RegExp(`.{1,${width}}`, 'g'), `$&${end}`);

function decode(
  body: string | Uint8Array,
  headers: Record<string, string> = pkcs10,
): { der: Uint8Array; warnings: string[] } {
  const warnings: string[] = [];
  const bytes = typeof body === 'string' ? Buffer.from(body, 'latin1') : body;
  return { der: decodeRequestBody(bytes, new Map(Object.entries(headers)), warnings), warnings };
}

describe('every form in which clients send a request is read', () => {
  const forms: readonly [name: string, body: string | Uint8Array][] = [
    ['base64 in one line', requestBase64],
    ['base64 in one line, ended', `${requestBase64}\n`],
    ['base64 in lines of 64, LF', lines('\n')],
    ['base64 in lines of 76, CRLF', lines('\r\n', 76)],
    ['base64 with blanks around', `  ${requestBase64}\t\r\n\r\n`],
    ['PEM', requestPem],
    ['PEM with CRLF', requestPem.replaceAll('\n', '\r\n')],
    ['PEM as Microsoft labels it', encodePem('NEW CERTIFICATE REQUEST', requestDer)],
    ['PEM after the text of openssl req -text', `Certificate Request:\n    Data:\n${requestPem}`],
    ['raw DER', requestDer],
  ];
  const headerForms: readonly [name: string, headers: Record<string, string>, isWarned: (isDer: boolean) => boolean][] =
    [
      ['as RFC 8951 wants it', pkcs10, () => false],
      ['with a charset', { 'content-type': 'Application/PKCS10; charset=utf-8' }, () => false],
      [
        'with Content-Transfer-Encoding: base64',
        { ...pkcs10, 'content-transfer-encoding': 'Base64' },
        (isDer) => isDer,
      ],
      [
        'with Content-Transfer-Encoding: binary',
        { ...pkcs10, 'content-transfer-encoding': 'binary' },
        (isDer) => !isDer,
      ],
      ['without Content-Type', {}, () => true],
      ['as curl -d sends it', { 'content-type': 'application/x-www-form-urlencoded' }, () => true],
    ];

  describe.each(headerForms)('%s', (_headers, headers, isWarned) => {
    it.each(forms)('%s', (_name, body) => {
      const { der, warnings } = decode(body, headers);
      expect(Buffer.from(der).equals(requestDer)).toBe(true);
      expect(warnings).toHaveLength(isWarned(typeof body !== 'string') ? 1 : 0);
    });
  });

  it('a byte order mark is a warning', () => {
    expect(decode(`\xef\xbb\xbf${requestPem}`)).toMatchObject({ warnings: ['the body begins with a byte order mark'] });
  });

  it('any element survives any line length', () => {
    fc.assert(
      fc.property(
        fc.uint8Array({ maxLength: 100 }),
        fc.integer({ min: 1, max: 200 }),
        fc.constantFrom('\n', '\r\n'),
        (content, width, end) => {
          const element = Uint8Array.of(0x30, content.length + 2, 0x04, content.length, ...content);
          const text = Buffer.from(element)
            .toString('base64')
            .replaceAll(new RegExp(`.{1,${width}}`, 'g'), `$&${end}`);
          expect(decode(text).der).toEqual(element);
        },
      ),
    );
  });
});

describe('what cannot be read is refused, with what, why and how to mend it', () => {
  const cases: readonly [name: string, body: string | Uint8Array, code: CaErrorCode, reason: RegExp][] = [
    ['nothing', '', 'requestEmpty', /empty/],
    ['white space', ' \r\n', 'requestEmpty', /blank/],
    ['prose', 'please', 'requestBase64Invalid', /neither DER nor PEM/],
    ['JSON', '{"csr":"x"}', 'requestBase64Invalid', /neither DER nor PEM/],
    ['base64 cut off', requestBase64.slice(0, -3), 'requestBase64Invalid', /cut off/],
    [
      'base64 with a foreign character',
      `${requestBase64.slice(0, 10)}!${requestBase64.slice(11)}`,
      'requestBase64Invalid',
      /alphabet/,
    ],
    ['base64url', requestBase64.replaceAll('+', '-').replaceAll('/', '_'), 'requestBase64Url', /"-" or "_"/],
    ['PEM in base64', Buffer.from(requestPem).toString('base64'), 'requestPemInBase64', /PEM in base64/],
    ['PEM cut off', requestPem.slice(0, 200), 'requestPemBroken', /whole PEM/],
    [
      'PEM without content',
      '-----BEGIN CERTIFICATE REQUEST-----\n-----END CERTIFICATE REQUEST-----\n',
      'requestPemBroken',
      /empty/,
    ],
    ['a certificate', deviceIdentity.certificateChainPem, 'requestPemOfAnotherKind', /without a block/],
    ['two requests', requestPem + requestPem, 'requestSeveral', /2 blocks/],
    ['a private key', deviceIdentity.key, 'requestIsPrivateKey', /private key/],
    ['a private key beside the request', requestPem + deviceIdentity.key, 'requestIsPrivateKey', /private key/],
    ['UTF-16, as PowerShell writes it', Buffer.from(`\ufeff${requestPem}`, 'utf16le'), 'requestUtf16', /UTF-16/],
  ];

  it.each(cases)('%s', (_name, body, code, reason) => {
    let refusal: unknown;
    try {
      decode(body);
    } catch (error) {
      refusal = error;
    }
    expect(refusal).toMatchObject({ name: 'CaError', code });
    expect(String(refusal)).toMatch(reason);
    // what the client sent is not sent back
    expect(String(refusal)).not.toMatch(/hello world|please/);
  });

  it('a compressed body', () => {
    expect(() => decode(requestPem, { ...pkcs10, 'content-encoding': 'gzip' })).toThrow(/Content-Encoding/);
  });

  it('never anything but a refusal, whatever the octets', () => {
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 400 }), fc.constantFrom(0x30, 0x4d, 0x2d), (bytes, first) => {
        try {
          decode(Uint8Array.of(first, ...bytes));
        } catch (error) {
          expect(error).toMatchObject({ code: expect.stringMatching(/^request/) });
        }
      }),
    );
  });
});
