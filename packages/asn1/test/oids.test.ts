/** Object identifiers by RFC. */
import { describe, expect, it } from '@jest/globals';
import * as asn1 from '../src/index.ts';

const { der, oidName, DerReader, rfc5280, rfc5480, rfc8017, rfc8410, rfc9881 } = asn1;

const tables = Object.entries(asn1).filter(([name]) => /^rfc\d{4}$/.test(name)) as [string, Record<string, string>][];

describe('the tables', () => {
  it('are those of the RFCs that are used', () => {
    expect(tables.map(([name]) => name).sort()).toEqual(
      [2985, 2986, 3370, 3565, 5280, 5480, 5652, 5758, 6402, 6960, 7030, 7292, 8017, 8018, 8410, 8894, 9881, 9908].map(
        (number) => `rfc${number}`,
      ),
    );
  });

  it.each(tables)('%s has object identifiers that can be encoded, each once', (_name, table) => {
    const oids = Object.values(table);
    for (const oid of oids) expect(new DerReader(der.oid(oid)).oid()).toBe(oid);
    expect(new Set(oids).size).toBe(oids.length);
  });

  it.each(tables)('%s names what it has', (_name, table) => {
    for (const oid of Object.values(table)) expect(oidName(oid)).toBeDefined();
  });

  // As printed in the RFCs and seen in keys and certificates.
  it.each([
    [rfc5280['id-ce-keyUsage'], '0603551d0f'],
    [rfc5280['id-domainComponent'], '060a0992268993f22c640119'],
    [rfc5480.secp256r1, '06082a8648ce3d030107'],
    [rfc5480.secp384r1, '06052b81040022'],
    [rfc8017.sha256WithRSAEncryption, '06092a864886f70d01010b'],
    [rfc8410['id-Ed25519'], '06032b6570'],
    [rfc9881['id-ml-dsa-44'], '0609608648016503040311'],
  ])('%s is %s', (oid, hex) => {
    expect(asn1.toHex(der.oid(oid))).toBe(hex);
  });
});

describe('oidName', () => {
  it('is the name of the RFC', () => {
    expect(oidName('2.5.29.15')).toBe('id-ce-keyUsage');
    expect(oidName('1.3.6.1.5.5.7.3.9')).toBe('id-kp-OCSPSigning');
  });

  it('is undefined for others', () => {
    expect(oidName('1.2.3.4')).toBeUndefined();
  });
});
