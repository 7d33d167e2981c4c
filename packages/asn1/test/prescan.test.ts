/** The pre-scan: depth, number, wholeness, and BER where it is allowed. */
import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { Asn1Error, concatBytes, der, fromHex, prescan } from '../src/index.ts';

const hex = (text: string): Uint8Array => fromHex(text.replaceAll(' ', ''));

function nested(depth: number): Uint8Array {
  let inner = der.sequence();
  for (let level = 1; level < depth; level++) inner = der.sequence(inner);
  return inner;
}

/** `depth` elements of indefinite length, one in the other. */
function nestedIndefinite(depth: number): Uint8Array {
  return hex('3080'.repeat(depth) + '0000'.repeat(depth));
}

describe('depth', () => {
  it('of 32 passes, of 33 does not', () => {
    expect(() => prescan(nested(32))).not.toThrow();
    expect(() => prescan(nested(33))).toThrow('nested more than 32 deep');
    expect(() => prescan(nestedIndefinite(32), { allowIndefinite: true })).not.toThrow();
    expect(() => prescan(nestedIndefinite(33), { allowIndefinite: true })).toThrow('nested more than 32 deep');
  });

  it('counts primitive elements too', () => {
    expect(() => prescan(der.sequence(der.null()), { maxDepth: 2 })).not.toThrow();
    expect(() => prescan(der.sequence(der.null()), { maxDepth: 1 })).toThrow('nested more than 1 deep');
  });

  it('of 100 000 is refused at once, without a stack of that size', () => {
    expect(() => prescan(hex('3080'.repeat(100_000)), { allowIndefinite: true })).toThrow('nested more than 32 deep');
    expect(() => prescan(nested(2000))).toThrow('nested more than 32 deep');
  });
});

describe('number', () => {
  const wide = (count: number): Uint8Array => der.sequence(hex('0500'.repeat(count)));

  it('of 20 000 passes, of 20 001 does not', () => {
    expect(() => prescan(wide(19_999))).not.toThrow();
    expect(() => prescan(wide(20_000))).toThrow('more than 20000 elements');
  });

  it('is a limit of the caller', () => {
    expect(() => prescan(wide(2), { maxNodes: 3 })).not.toThrow();
    expect(() => prescan(wide(3), { maxNodes: 3 })).toThrow('more than 3 elements');
  });
});

describe.each<[string, string, string]>([
  ['nothing', '', 'cut off'],
  ['an identifier alone', '30', 'cut off'],
  ['a length that is cut off', '3082 01', 'cut off'],
  ['content that is cut off', '3003 0201', 'longer than what it is in'],
  ['an inner element that is longer than the outer', '3003 020201 00', 'longer than what it is in'],
  ['an outer element that ends inside an inner header', '3001 02', 'cut off'],
  ['bytes after the outermost element', '3000 00', '1 octets follow'],
  ['a second element', '0500 0500', '2 octets follow'],
  ['a long form that need not be', '30 81 02 0500', 'longer than it need be'],
  ['a leading zero in a length', `04 82 0080 ${'00'.repeat(128)}`, 'longer than it need be'],
  ['a length of five octets', '30 85 0000000001 00', 'out of bounds'],
  ['an indefinite length', '3080 0500 0000', 'indefinite'],
  ['a high tag number', '3f8101 00', 'above 30'],
  ['end-of-contents octets as the outermost element', '0000', 'end nothing'],
  ['end-of-contents octets in a definite length', '3002 0000', 'end nothing'],
])('DER: %s', (_name, text, reason) => {
  it('is refused', () => {
    const attempt = (): void => prescan(hex(text));
    expect(attempt).toThrow(Asn1Error);
    expect(attempt).toThrow(reason);
  });
});

describe('BER', () => {
  it.each([
    ['an indefinite length', '3080 0500 0000'],
    ['an indefinite length with nothing inside', '3080 0000'],
    ['indefinite in definite', '3006 3080 0500 0000'],
    ['definite in indefinite', '3080 3002 0500 0000'],
    ['indefinite in indefinite', '3080 3080 0000 3080 0500 0000 0000'],
    ['a constructed OCTET STRING', '2480 0401 01 0401 02 0000'],
    ['a long form that need not be', '30 8300 0002 0500'],
    ['a high tag number', '3f8101 00'],
    ['a zero length that ends several elements', '3004 3002 3000'],
  ])('%s passes', (_name, text) => {
    expect(() => prescan(hex(text), { allowIndefinite: true })).not.toThrow();
  });

  it.each([
    ['an indefinite length without an end', '3080 0500', 'cut off'],
    ['an indefinite length that its surroundings end', '3004 3080 0500', 'cut off'],
    ['one end too few', '3080 3080 0500 0000', 'cut off'],
    ['one end too many', '3080 0500 0000 0000', '2 octets follow'],
    ['an indefinite length of a primitive type', '0480 0000', 'indefinite where it must not be'],
    ['end-of-contents octets with a length', '3080 0001 00 0000', 'end nothing'],
    ['end-of-contents octets in a definite length', '3080 3002 0000 0000', 'end nothing'],
    ['a tag number of five octets', '3f 8181818101 00', 'out of bounds'],
    ['a tag number that is cut off', '3f81', 'cut off'],
    ['a length of nine octets', '04 89 000000000000000001 00', 'out of bounds'],
    ['a length beyond everything', '04 88 ffffffffffffffff', 'longer than what it is in'],
  ])('%s is refused', (_name, text, reason) => {
    const attempt = (): void => prescan(hex(text), { allowIndefinite: true });
    expect(attempt).toThrow(Asn1Error);
    expect(attempt).toThrow(reason);
  });
});

describe('any bytes', () => {
  it('pass or are refused with Asn1Error', () => {
    const headers = fc.constantFrom('3080', '0000', '3003', '0500', '2480', '3f21', '308200', '02').map(hex);
    const stream = fc.array(fc.oneof(headers, fc.uint8Array({ maxLength: 4 })), { maxLength: 30 });
    fc.assert(
      fc.property(stream, fc.boolean(), (parts, allowIndefinite) => {
        try {
          prescan(concatBytes(...parts), { allowIndefinite });
        } catch (error) {
          expect(error).toBeInstanceOf(Asn1Error);
        }
      }),
      { numRuns: 3000 },
    );
  });
});
