/** The two encoders of TBSCertificate make the same bytes, and the right ones. */
import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { DerReader, contextTag, der, fromHex, tag, toHex } from '@touchmark/asn1';
import { signatureAlgorithms } from '@touchmark/crypto';
import {
  attributeTypes,
  compileTbsCertificate,
  encodeExtension,
  encodeName,
  encodeTbsCertificate,
  extension,
  keyUsageBits,
  parseTbsCertificate,
} from '../src/index.ts';
import type { AttributeName, GeneralName, NameAttribute, TbsCertificateFields } from '../src/index.ts';
import { leafFields } from './support/fixtures.ts';

function encodeFast({ signatureAlgorithmDer, issuerDer, ...subjectFields }: TbsCertificateFields): Uint8Array {
  return compileTbsCertificate({ signatureAlgorithmDer, issuerDer }).encode(subjectFields);
}

const serialNumber = fc
  .uint8Array({ minLength: 1, maxLength: 20 })
  .map((octets) => new DerReader(der.integer(BigInt(`0x${toHex(octets)}`))).integerBytes());
const date = fc.date({
  min: new Date('1950-01-01T00:00:00Z'),
  max: new Date('9999-12-31T23:59:59Z'),
  noInvalidDate: true,
});
const attributeNames = Object.keys(attributeTypes).filter((name) => name !== 'countryName') as AttributeName[];
const attribute: fc.Arbitrary<NameAttribute> = fc.record({
  attribute: fc.constantFrom(...attributeNames),
  value: fc.string({ unit: fc.constantFrom(...Array.from('ABCxyz019 -.')), minLength: 1, maxLength: 60 }),
});
const unicode: fc.Arbitrary<NameAttribute> = fc.record({
  attribute: fc.constantFrom<AttributeName>('commonName', 'organizationName'),
  value: fc.string({ unit: 'grapheme', minLength: 1, maxLength: 20 }).filter((value) => Array.from(value).length <= 64),
});
const name = fc.array(fc.oneof(attribute, unicode), { maxLength: 5 }).map(encodeName);
const generalName: fc.Arbitrary<GeneralName> = fc.oneof(
  fc.domain().map((value): GeneralName => ({ kind: 'dns', value })),
  fc.webUrl().map((value): GeneralName => ({ kind: 'uri', value })),
  fc.ipV4().map((value): GeneralName => ({ kind: 'ip', value })),
  fc.ipV6().map((value): GeneralName => ({ kind: 'ip', value })),
);
const anyExtension = fc.oneof(
  fc.subarray([...keyUsageBits], { minLength: 1 }).map(extension.keyUsage),
  fc
    .tuple(fc.array(generalName, { minLength: 1, maxLength: 20 }), fc.boolean())
    .map(([names, critical]) => extension.subjectAltName(names, critical)),
  fc.uint8Array({ maxLength: 64 }).map(extension.subjectKeyIdentifier),
  fc
    .tuple(fc.boolean(), fc.uint8Array({ maxLength: 70_000 }))
    .map(([critical, value]) => encodeExtension('1.3.6.1.4.1.55555.7', critical, value)),
);
const subjectPublicKeyInfoDer = fc
  .uint8Array({ minLength: 1, maxLength: 300 })
  .map((key) => der.sequence(der.sequence(der.oid('1.3.101.112')), der.bitString(key)));
const fields: fc.Arbitrary<TbsCertificateFields> = fc.record({
  serialNumber,
  signatureAlgorithmDer: fc.constantFrom(
    ...Object.values(signatureAlgorithms).map((algorithm) => algorithm.algorithmIdentifierDer),
  ),
  issuerDer: name,
  notBefore: date,
  notAfter: date,
  subjectDer: name,
  subjectPublicKeyInfoDer,
  extensionsDer: fc.array(anyExtension, { minLength: 1, maxLength: 4 }),
});

describe('the fast tier', () => {
  it('makes the same bytes as the clear tier', () => {
    expect(toHex(encodeFast(leafFields))).toBe(toHex(encodeTbsCertificate(leafFields)));
  });

  it('makes the same bytes as the clear tier, whatever the fields', () => {
    fc.assert(
      fc.property(fields, (each) => {
        expect(toHex(encodeFast(each))).toBe(toHex(encodeTbsCertificate(each)));
      }),
      { numRuns: 400 },
    );
  });

  it('makes the same bytes for names of every string type, which it copies', () => {
    const types = [tag.utf8String, tag.printableString, tag.ia5String, tag.teletexString];
    const issuerDer = der.sequence(
      ...types.map((type) => der.set(der.sequence(der.oid('2.5.4.3'), der.tlv(type, Uint8Array.of(0x41))))),
      der.set(der.sequence(der.oid('2.5.4.3'), der.tlv(tag.bmpString, Uint8Array.of(0, 0x41)))),
    );
    expect(toHex(encodeFast({ ...leafFields, issuerDer }))).toBe(
      toHex(encodeTbsCertificate({ ...leafFields, issuerDer })),
    );
  });

  it('puts the extensions of the template before the others', () => {
    const { signatureAlgorithmDer, issuerDer, extensionsDer } = leafFields;
    const template = compileTbsCertificate({
      signatureAlgorithmDer,
      issuerDer,
      extensionsDerBefore: extensionsDer.slice(0, 3),
    });
    const encoded = template.encode({ ...leafFields, extensionsDer: extensionsDer.slice(3) });
    expect(toHex(encoded)).toBe(toHex(encodeTbsCertificate(leafFields)));
  });

  it('keeps nothing from one certificate for the next', () => {
    const { signatureAlgorithmDer, issuerDer } = leafFields;
    const template = compileTbsCertificate({ signatureAlgorithmDer, issuerDer });
    const first = template.encode(leafFields);
    const before = toHex(first);
    template.encode({ ...leafFields, serialNumber: fromHex('01'), extensionsDer: leafFields.extensionsDer.slice(1) });
    expect(toHex(first)).toBe(before);
    expect(toHex(template.encode(leafFields))).toBe(before);
  });
});

describe.each([
  ['clear', encodeTbsCertificate],
  ['fast', encodeFast],
])('the %s tier', (_name, encode) => {
  it('is read back as it was meant', () => {
    const parsed = parseTbsCertificate(encode(leafFields));
    expect(parsed).toMatchObject({
      version: 2,
      serialNumberHex: toHex(leafFields.serialNumber),
      notBefore: leafFields.notBefore,
      notAfter: leafFields.notAfter,
    });
    expect(toHex(parsed.signatureAlgorithmDer)).toBe(toHex(leafFields.signatureAlgorithmDer));
    expect(toHex(parsed.issuer.der)).toBe(toHex(leafFields.issuerDer));
    expect(toHex(parsed.subject.der)).toBe(toHex(leafFields.subjectDer));
    expect(toHex(parsed.subjectPublicKeyInfoDer)).toBe(toHex(leafFields.subjectPublicKeyInfoDer));
    expect(parsed.extensions.map((each) => toHex(each.der))).toEqual(leafFields.extensionsDer.map(toHex));
  });

  it.each([
    ['2049-12-31T23:59:59Z', tag.utcTime],
    ['2049-12-31T23:59:59.999Z', tag.utcTime],
    ['2050-01-01T00:00:00Z', tag.generalizedTime],
    ['9999-12-31T23:59:59Z', tag.generalizedTime],
  ])('RFC 5280 §4.1.2.5: %s has tag %i', (iso, type) => {
    const encoded = encode({ ...leafFields, notAfter: new Date(iso) });
    const body = new DerReader(encoded).enter(tag.sequence);
    body.element(contextTag(0, true));
    body.integerBytes();
    body.element(tag.sequence);
    body.element(tag.sequence);
    const validity = body.enter(tag.sequence);
    expect(validity.peek()).toBe(tag.utcTime);
    validity.time();
    expect(validity.peek()).toBe(type);
    expect(validity.time().getTime()).toBe(Math.floor(Date.parse(iso) / 1000) * 1000);
  });

  it('refuses a serial number that is longer than it need be', () => {
    expect(() => encode({ ...leafFields, serialNumber: fromHex('0001') })).toThrow(RangeError);
    expect(() => encode({ ...leafFields, serialNumber: new Uint8Array() })).toThrow(RangeError);
  });

  it('refuses to make a certificate without extensions', () => {
    expect(() => encode({ ...leafFields, extensionsDer: [] })).toThrow(RangeError);
  });

  it('refuses an invalid date', () => {
    expect(() => encode({ ...leafFields, notAfter: new Date(Number.NaN) })).toThrow(RangeError);
  });
});
