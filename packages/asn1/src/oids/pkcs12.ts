/** Object identifiers of encrypted keys and of PKCS #12 files, one table per RFC. */

/** Password-based encryption (PKCS #5), and DES, which no other RFC in use names. */
export const rfc8018 = {
  desCBC: '1.3.14.3.2.7',
  'id-PBKDF2': '1.2.840.113549.1.5.12',
  'id-PBES2': '1.2.840.113549.1.5.13',
  'id-hmacWithSHA256': '1.2.840.113549.2.9',
  'aes256-CBC-PAD': '2.16.840.1.101.3.4.1.42',
} as const;

/** PKCS #12, with the PKCS #9 attributes and types that it uses. */
export const rfc7292 = {
  pkcs8ShroudedKeyBag: '1.2.840.113549.1.12.10.1.2',
  certBag: '1.2.840.113549.1.12.10.1.3',
  friendlyName: '1.2.840.113549.1.9.20',
  localKeyId: '1.2.840.113549.1.9.21',
  x509Certificate: '1.2.840.113549.1.9.22.1',
} as const;
