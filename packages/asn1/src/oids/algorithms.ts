/** Object identifiers of keys, signatures and digests, one table per RFC. */

/** Elliptic curve keys. */
export const rfc5480 = {
  'id-ecPublicKey': '1.2.840.10045.2.1',
  'id-ecDH': '1.3.132.1.12',
  secp256r1: '1.2.840.10045.3.1.7',
  secp384r1: '1.3.132.0.34',
  secp521r1: '1.3.132.0.35',
} as const;

/** ECDSA with SHA-2. */
export const rfc5758 = {
  'ecdsa-with-SHA224': '1.2.840.10045.4.3.1',
  'ecdsa-with-SHA256': '1.2.840.10045.4.3.2',
  'ecdsa-with-SHA384': '1.2.840.10045.4.3.3',
  'ecdsa-with-SHA512': '1.2.840.10045.4.3.4',
} as const;

/** PKCS #1 and the digests it names. */
export const rfc8017 = {
  rsaEncryption: '1.2.840.113549.1.1.1',
  sha1WithRSAEncryption: '1.2.840.113549.1.1.5',
  'id-RSAES-OAEP': '1.2.840.113549.1.1.7',
  'id-mgf1': '1.2.840.113549.1.1.8',
  'id-pSpecified': '1.2.840.113549.1.1.9',
  'id-RSASSA-PSS': '1.2.840.113549.1.1.10',
  sha256WithRSAEncryption: '1.2.840.113549.1.1.11',
  sha384WithRSAEncryption: '1.2.840.113549.1.1.12',
  sha512WithRSAEncryption: '1.2.840.113549.1.1.13',
  'id-sha1': '1.3.14.3.2.26',
  'id-sha256': '2.16.840.1.101.3.4.2.1',
  'id-sha384': '2.16.840.1.101.3.4.2.2',
  'id-sha512': '2.16.840.1.101.3.4.2.3',
} as const;

/** Edwards and Montgomery curves. */
export const rfc8410 = {
  'id-X25519': '1.3.101.110',
  'id-X448': '1.3.101.111',
  'id-Ed25519': '1.3.101.112',
  'id-Ed448': '1.3.101.113',
} as const;

/** ML-DSA (FIPS 204). */
export const rfc9881 = {
  'id-ml-dsa-44': '2.16.840.1.101.3.4.3.17',
  'id-ml-dsa-65': '2.16.840.1.101.3.4.3.18',
  'id-ml-dsa-87': '2.16.840.1.101.3.4.3.19',
} as const;

/** Content encryption of CMS: AES in CBC mode (RFC 3565) and triple DES (RFC 3370 §5.1). */
export const rfc3565 = {
  'id-aes128-CBC': '2.16.840.1.101.3.4.1.2',
  'id-aes192-CBC': '2.16.840.1.101.3.4.1.22',
  'id-aes256-CBC': '2.16.840.1.101.3.4.1.42',
} as const;

export const rfc3370 = {
  'des-ede3-cbc': '1.2.840.113549.3.7',
} as const;
