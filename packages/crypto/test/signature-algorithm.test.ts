/** The table of signature algorithms against encodings written down elsewhere. */
import { describe, expect, it } from '@jest/globals';
import { fromHex, toHex } from '@touchmark/asn1';
import {
  defaultSignatureAlgorithm,
  findSignatureAlgorithm,
  keyAlgorithmNames,
  keyKindOf,
  signatureAlgorithms,
} from '../src/index.ts';
import type { SignatureAlgorithmName } from '../src/index.ts';

/** As OpenSSL 3.5 writes them. */
const written: readonly (readonly [SignatureAlgorithmName, string])[] = [
  ['ecdsa-with-SHA256', '300a06082a8648ce3d040302'],
  ['ecdsa-with-SHA384', '300a06082a8648ce3d040303'],
  ['ecdsa-with-SHA512', '300a06082a8648ce3d040304'],
  ['sha256WithRSAEncryption', '300d06092a864886f70d01010b0500'],
  ['sha384WithRSAEncryption', '300d06092a864886f70d01010c0500'],
  ['sha512WithRSAEncryption', '300d06092a864886f70d01010d0500'],
  [
    'id-RSASSA-PSS-SHA256',
    '304106092a864886f70d01010a3034a00f300d06096086480165030402010500a11c301a06092a864886f70d010108300d06096086480165030402010500a203020120',
  ],
  [
    'id-RSASSA-PSS-SHA384',
    '304106092a864886f70d01010a3034a00f300d06096086480165030402020500a11c301a06092a864886f70d010108300d06096086480165030402020500a203020130',
  ],
  [
    'id-RSASSA-PSS-SHA512',
    '304106092a864886f70d01010a3034a00f300d06096086480165030402030500a11c301a06092a864886f70d010108300d06096086480165030402030500a203020140',
  ],
  ['id-Ed25519', '300506032b6570'],
  ['id-ml-dsa-44', '300b0609608648016503040311'],
  ['id-ml-dsa-65', '300b0609608648016503040312'],
  ['id-ml-dsa-87', '300b0609608648016503040313'],
];

describe('signatureAlgorithms', () => {
  it('has a known encoding for every entry', () => {
    expect(written.map(([name]) => name).sort()).toEqual(Object.keys(signatureAlgorithms).sort());
  });

  it.each(written)('%s is written and found as other implementations write it', (name, hex) => {
    expect(toHex(signatureAlgorithms[name].algorithmIdentifierDer)).toBe(hex);
    expect(findSignatureAlgorithm(fromHex(hex))).toBe(signatureAlgorithms[name]);
  });

  it('is found from a window on larger bytes', () => {
    const bytes = fromHex(`ffff300506032b6570ffff`);
    expect(findSignatureAlgorithm(bytes.subarray(2, 9))?.name).toBe('id-Ed25519');
  });
});

describe('findSignatureAlgorithm', () => {
  it.each<[string, SignatureAlgorithmName, string]>([
    ['RFC 4055 §5: RSA without parameters', 'sha256WithRSAEncryption', '300b06092a864886f70d01010b'],
    [
      'RFC 4055 §2.1: PSS with digest parameters absent',
      'id-RSASSA-PSS-SHA256',
      '303d06092a864886f70d01010a3030a00d300b0609608648016503040201a11a301806092a864886f70d010108300b0609608648016503040201a203020120',
    ],
    [
      'RFC 4055 §2.1: PSS with digest parameters absent in the mask only',
      'id-RSASSA-PSS-SHA256',
      '303f06092a864886f70d01010a3032a00f300d06096086480165030402010500a11a301806092a864886f70d010108300b0609608648016503040201a203020120',
    ],
    [
      'PSS with the longest salt of a 2048-bit key, as OpenSSL 3.0 makes it',
      'id-RSASSA-PSS-SHA256',
      '304206092a864886f70d01010a3035a00f300d06096086480165030402010500a11c301a06092a864886f70d010108300d06096086480165030402010500a204020200de',
    ],
  ])('accepts %s', (_case, name, hex) => {
    expect(findSignatureAlgorithm(fromHex(hex))?.name).toBe(name);
  });

  it.each([
    ['nothing', ''],
    ['md5WithRSAEncryption', '300d06092a864886f70d0101040500'],
    ['sha1WithRSAEncryption', '300d06092a864886f70d0101050500'],
    ['sha224WithRSAEncryption', '300d06092a864886f70d01010e0500'],
    ['ecdsa-with-SHA1', '300906072a8648ce3d0401'],
    ['rsaEncryption, a key algorithm', '300d06092a864886f70d0101010500'],
    ['ECDSA with NULL parameters', '300c06082a8648ce3d0403020500'],
    ['Ed25519 with NULL parameters', '300706032b65700500'],
    ['ML-DSA with NULL parameters', '300d06096086480165030403120500'],
    ['Ed448', '300506032b6571'],
    ['PSS with its defaults, which are SHA-1', '300d06092a864886f70d01010a3000'],
    ['PSS without parameters', '300b06092a864886f70d01010a'],
    [
      'PSS with SHA-256 and a salt of 20 octets',
      '304106092a864886f70d01010a3034a00f300d06096086480165030402010500a11c301a06092a864886f70d010108300d06096086480165030402010500a203020114',
    ],
    [
      'PSS with SHA-256 and a mask of SHA-384',
      '304106092a864886f70d01010a3034a00f300d06096086480165030402010500a11c301a06092a864886f70d010108300d06096086480165030402020500a203020120',
    ],
    [
      'PSS with SHA-256 and a salt of 1025 octets',
      '304206092a864886f70d01010a3035a00f300d06096086480165030402010500a11c301a06092a864886f70d010108300d06096086480165030402010500a20402020401',
    ],
    ['trailing octets', '300506032b657000'],
    ['a length in long form', '30810506032b6570'],
  ])('does not find %s', (_case, hex) => {
    expect(findSignatureAlgorithm(fromHex(hex))).toBeUndefined();
  });
});

describe('defaultSignatureAlgorithm', () => {
  it.each([...keyAlgorithmNames, 'rsa-other' as const])('%s signs with an algorithm of its kind', (keyAlgorithm) => {
    expect(defaultSignatureAlgorithm(keyAlgorithm).keyKind).toBe(keyKindOf(keyAlgorithm));
  });

  it('pairs each curve with the digest of its strength', () => {
    expect((['ec-p256', 'ec-p384', 'ec-p521'] as const).map((name) => defaultSignatureAlgorithm(name).name)).toEqual([
      'ecdsa-with-SHA256',
      'ecdsa-with-SHA384',
      'ecdsa-with-SHA512',
    ]);
  });
});
