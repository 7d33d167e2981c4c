import { encodePem } from '@touchmark/asn1';
import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
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
  const deep = Buffer.concat([
    ...Array.from({ length: 40 }, (_, i) => Buffer.from([0x30, 80 - 2 * (i + 1)])),
    Buffer.from([]),
  ]);
  const cases: readonly [name: string, body: string | Uint8Array, reason: RegExp][] = [
    ['nothing', '', /empty/],
    ['white space', ' \r\n', /blank/],
    ['prose', 'please', /neither DER nor PEM/],
    ['JSON', '{"csr":"x"}', /neither DER nor PEM/],
    ['base64 cut off', requestBase64.slice(0, -3), /cut off/],
    ['base64 with a foreign character', `${requestBase64.slice(0, 10)}!${requestBase64.slice(11)}`, /alphabet/],
    ['base64url', requestBase64.replaceAll('+', '-').replaceAll('/', '_'), /base64url/],
    ['base64 of something else', Buffer.from('hello world').toString('base64'), /DER element/],
    ['PEM in base64', Buffer.from(requestPem).toString('base64'), /PEM in base64/],
    ['PEM cut off', requestPem.slice(0, 200), /whole PEM/],
    ['PEM without content', '-----BEGIN CERTIFICATE REQUEST-----\n-----END CERTIFICATE REQUEST-----\n', /empty/],
    ['a certificate', deviceIdentity.certificateChainPem, /0 blocks/],
    ['two requests', requestPem + requestPem, /2 blocks/],
    ['a private key', deviceIdentity.key, /private key/],
    ['a private key beside the request', requestPem + deviceIdentity.key, /private key/],
    ['UTF-16, as PowerShell writes it', Buffer.from(`\ufeff${requestPem}`, 'utf16le'), /UTF-16/],
    ['DER cut off', requestDer.subarray(0, -1), /longer than what it is in|cut off/],
    ['DER with something behind', Buffer.concat([requestDer, Buffer.from('\n')]), /follow/],
    ['a length that reaches out', Uint8Array.of(0x30, 0x84, 0xff, 0xff, 0xff, 0xff), /longer than what it is in/],
    ['an indefinite length', Uint8Array.of(0x30, 0x80, 0, 0), /indefinite/],
    ['40 levels', deep, /nested more than 32 deep/],
    [
      '30 000 elements',
      Buffer.concat([Buffer.from([0x30, 0x82, 0xea, 0x60]), Buffer.alloc(60_000, Buffer.from([5, 0]))]),
      /20000 elements/,
    ],
  ];

  it.each(cases)('%s', (_name, body, reason) => {
    let refusal: unknown;
    try {
      decode(body);
    } catch (error) {
      refusal = error;
    }
    expect(refusal).toMatchObject({ name: 'CaError', code: 'requestMalformed' });
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
          expect(error).toMatchObject({ code: 'requestMalformed' });
        }
      }),
    );
  });
});
