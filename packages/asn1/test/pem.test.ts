/** PEM (RFC 7468): what is written, what is read, what is refused. */
import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { PemError, decodePem, der, encodePem, fromHex, isPem, toHex } from '../src/index.ts';

const body = 'AQIDBAU=';
const block = `-----BEGIN CERTIFICATE-----\n${body}\n-----END CERTIFICATE-----\n`;

describe('encodePem', () => {
  it('writes lines of 64 characters and ends the last one', () => {
    const lines = encodePem('X509 CRL', new Uint8Array(100)).split('\n');
    expect(lines).toEqual([
      '-----BEGIN X509 CRL-----',
      'A'.repeat(64),
      'A'.repeat(64),
      'AAAAAA==',
      '-----END X509 CRL-----',
      '',
    ]);
  });
});

describe('decodePem', () => {
  it.each([
    ['LF', block],
    ['CRLF', block.replaceAll('\n', '\r\n')],
    ['CR', block.replaceAll('\n', '\r')],
    ['no end of the last line', block.trimEnd()],
    ['blank lines inside', block.replace(body, `\n${body}\n`)],
    ['blanks around the lines', block.replaceAll('\n', ' \t\n ')],
    ['several lines', block.replace(body, 'AQID\nBAU=')],
    ['one character per line', block.replace(body, Array.from(body).join('\n'))],
    ['text before it (RFC 7468 §2)', `subject=CN = device\nissuer: x\n${block}`],
    ['text after it', `${block}-- \nthe end`],
  ])('reads a block with %s', (_name, text) => {
    expect(decodePem(text).map(({ label, bytes }) => [label, toHex(bytes)])).toEqual([['CERTIFICATE', '0102030405']]);
  });

  it('reads several blocks in order', () => {
    const text = encodePem('CERTIFICATE', fromHex('01')) + encodePem('EC PRIVATE KEY', fromHex('02'));
    expect(decodePem(text).map(({ label }) => label)).toEqual(['CERTIFICATE', 'EC PRIVATE KEY']);
  });

  it.each([
    ['nothing', '', 'there is no "-----BEGIN'],
    ['base64 alone', body, 'there is no "-----BEGIN'],
    ['no end', block.slice(0, -20), 'must end with'],
    ['no end line at all', '-----BEGIN CERTIFICATE-----\nAQID\n', 'has no "-----END CERTIFICATE-----" line'],
    [
      'the end of another label',
      block.replace('END CERTIFICATE', 'END X509 CRL'),
      'must end with "-----END CERTIFICATE-----"',
    ],
    ['a block in a block', `-----BEGIN CERTIFICATE-----\n${block}`, 'must end with'],
    ['a begin line that is cut off', `-----BEGIN CERTIFICATE--\n${body}`, 'line 1 is not a whole'],
    ['an empty label', '-----BEGIN -----\nAQID\n-----END -----\n', 'line 1 is not a whole'],
    ['nothing between the lines', block.replace(`${body}\n`, ''), 'is empty'],
    ['header fields', block.replace(body, `Proc-Type: 4,ENCRYPTED\n\n${body}`), 'header fields (RFC 1421)'],
    ['characters outside base64', block.replace(body, 'AQI*BAU='), 'characters outside the alphabet'],
    ['base64url', block.replace(body, 'AQ-_BAU='), 'characters outside the alphabet'],
    ['base64 without padding', block.replace(body, 'AQIDBAU'), 'cut off or not padded'],
    ['padding in the middle', block.replace(body, 'AQ==AQID'), 'characters outside the alphabet'],
    ['unused bits that are set', block.replace(body, 'AQIDBAV='), 'unused bits'],
  ])('refuses %s', (_name, text, reason) => {
    expect(() => decodePem(text)).toThrow(PemError);
    expect(() => decodePem(text)).toThrow(reason);
  });

  it('reads what encodePem writes', () => {
    fc.assert(
      fc.property(fc.uint8Array({ minLength: 1, maxLength: 400 }), (bytes) => {
        const [read, ...more] = decodePem(encodePem('CERTIFICATE REQUEST', bytes));
        expect(more).toEqual([]);
        expect(read).toEqual({ label: 'CERTIFICATE REQUEST', bytes });
      }),
    );
  });
});

describe('isPem', () => {
  it.each([
    ['a block', block, true],
    ['a block after text', `subject=x\n${block}`, true],
    ['base64', body, false],
    ['a block that begins in the middle of a line', `x ${block}`, false],
    ['nothing', '', false],
  ])('of %s is %s', (_name, text, expected) => {
    expect(isPem(text)).toBe(expected);
    expect(isPem(Buffer.from(text))).toBe(expected);
  });

  it('is not deceived by DER with a block in a string', () => {
    expect(isPem(der.sequence(der.null(), der.utf8String(`\n${block}`)))).toBe(false);
  });
});
