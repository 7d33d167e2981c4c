/** What the writer writes, the reader reads; what the reader accepts, the writer writes the same. */
import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { Asn1Error, DerReader, compareBytes, der, equalBytes, prescan, tag, toHex } from '../src/index.ts';

const bytes = fc.uint8Array({ maxLength: 300 });
const wholeSeconds = fc
  .date({ min: new Date('0100-01-01T00:00:00Z'), max: new Date('9999-12-31T23:59:59Z'), noInvalidDate: true })
  .map((date) => new Date(Math.floor(date.getTime() / 1000) * 1000));
const dotted = fc
  .tuple(
    fc.oneof(
      fc.tuple(fc.constantFrom(0n, 1n), fc.bigInt(0n, 39n)),
      fc.tuple(fc.constant(2n), fc.bigInt(0n, 2n ** 70n)),
    ),
    fc.array(fc.oneof(fc.bigInt(0n, 300n), fc.bigInt(0n, 2n ** 130n)), { maxLength: 5 }),
  )
  .map(([first, rest]) => [...first, ...rest].join('.'));

describe('what is written is read back', () => {
  it('INTEGER', () => {
    fc.assert(
      fc.property(fc.bigInt({ min: -(2n ** 200n), max: 2n ** 200n }), (value) => {
        expect(new DerReader(der.integer(value)).integer()).toBe(value);
      }),
    );
  });

  it('INTEGER of at most four octets', () => {
    fc.assert(
      fc.property(fc.integer(), (value) => {
        expect(new DerReader(der.integer(value)).smallInteger()).toBe(value);
        expect(new DerReader(der.enumerated(value)).enumerated()).toBe(value);
      }),
    );
  });

  it('OBJECT IDENTIFIER', () => {
    fc.assert(
      fc.property(dotted, (oid) => {
        expect(new DerReader(der.oid(oid)).oid()).toBe(oid);
      }),
    );
  });

  it('OCTET STRING and BIT STRING', () => {
    fc.assert(
      fc.property(bytes, (octets) => {
        expect(equalBytes(new DerReader(der.octetString(octets)).octetString(), octets)).toBe(true);
        expect(new DerReader(der.bitString(octets)).bitString().bytes).toEqual(octets);
      }),
    );
  });

  it('UTF8String', () => {
    fc.assert(
      fc.property(fc.string({ unit: 'binary' }), (value) => {
        expect(new DerReader(der.utf8String(value)).string()).toEqual({ tag: tag.utf8String, value });
      }),
    );
  });

  it('IA5String', () => {
    fc.assert(
      fc.property(fc.string({ unit: 'binary-ascii' }), (value) => {
        expect(new DerReader(der.ia5String(value)).string()).toEqual({ tag: tag.ia5String, value });
      }),
    );
  });

  it('Time', () => {
    fc.assert(
      fc.property(wholeSeconds, (date) => {
        expect(new DerReader(der.time(date)).time()).toEqual(date);
        expect(new DerReader(der.generalizedTime(date)).generalizedTime()).toEqual(date);
      }),
    );
  });

  it('named bits', () => {
    fc.assert(
      fc.property(fc.uniqueArray(fc.integer({ min: 0, max: 40 })), (positions) => {
        const { bytes: octets, unusedBits } = new DerReader(der.namedBits(positions)).bitString();
        const set = Array.from({ length: octets.length * 8 }, (_, position) => position).filter(
          (position) => ((octets[position >> 3] ?? 0) & (0x80 >> (position & 7))) !== 0,
        );
        expect(set).toEqual(positions.toSorted((a, b) => a - b));
        expect(octets.length * 8 - unusedBits).toBe(Math.max(-1, ...positions) + 1);
      }),
    );
  });

  it('SET OF in order', () => {
    fc.assert(
      fc.property(fc.array(bytes, { maxLength: 8 }), (members) => {
        const set = new DerReader(der.set(...members.map(der.octetString))).enter(tag.set);
        const read: Uint8Array[] = [];
        while (!set.done) read.push(set.element());
        expect(read).toHaveLength(members.length);
        expect(read.toSorted(compareBytes).map(toHex)).toEqual(read.map(toHex));
      }),
    );
  });
});

describe('what is read is written the same', () => {
  const sameAgain = (octets: Uint8Array, again: (reader: DerReader) => Uint8Array): void => {
    let written: Uint8Array;
    const reader = new DerReader(octets);
    try {
      written = again(reader);
      reader.end();
    } catch (error) {
      expect(error).toBeInstanceOf(Asn1Error);
      return;
    }
    expect(toHex(written)).toBe(toHex(octets));
  };
  const content = fc.uint8Array({ maxLength: 12 });

  it.each<[string, number, (reader: DerReader) => Uint8Array]>([
    ['INTEGER', tag.integer, (reader) => der.integer(reader.integer())],
    ['OBJECT IDENTIFIER', tag.oid, (reader) => der.oid(reader.oid())],
    ['BOOLEAN', tag.boolean, (reader) => der.boolean(reader.boolean())],
    ['UTF8String', tag.utf8String, (reader) => der.utf8String(reader.string().value)],
    ['PrintableString', tag.printableString, (reader) => der.printableString(reader.string().value)],
    [
      'BIT STRING',
      tag.bitString,
      (reader) => {
        const { bytes: octets, unusedBits } = reader.bitString();
        return der.bitString(octets, unusedBits);
      },
    ],
  ])('%s', (_name, identifier, again) => {
    fc.assert(
      fc.property(content, (octets) => sameAgain(der.tlv(identifier, octets), again)),
      { numRuns: 2000 },
    );
  });
});

describe('what the pre-scan passes as DER', () => {
  const tree: fc.Arbitrary<Uint8Array> = fc.letrec<{ node: Uint8Array }>((tie) => ({
    node: fc.oneof(
      { maxDepth: 6 },
      bytes.map(der.octetString),
      fc.array(tie('node'), { maxLength: 4 }).map((parts) => der.sequence(...parts)),
    ),
  })).node;

  it('is every tree that the writer writes', () => {
    fc.assert(fc.property(tree, (octets) => prescan(octets)));
  });

  it('is read element by element without complaint', () => {
    const walk = (reader: DerReader): void => {
      while (!reader.done) {
        if (reader.peek() === tag.sequence) walk(reader.enter(tag.sequence));
        else reader.element();
      }
    };
    fc.assert(
      fc.property(tree, fc.nat(), fc.nat(255), (octets, at, octet) => {
        const mutant = octets.with(at % octets.length, octet);
        try {
          prescan(mutant);
        } catch (error) {
          expect(error).toBeInstanceOf(Asn1Error);
          return;
        }
        try {
          walk(new DerReader(mutant));
        } catch (error) {
          // The reader knows more rules than the pre-scan, but about tags only, never about lengths.
          expect((error as Error).message).toMatch(/primitive|constructed|end-of-contents/);
        }
      }),
      { numRuns: 2000 },
    );
  });
});
