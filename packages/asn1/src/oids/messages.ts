/** Object identifiers of requests, protocols and signed messages, one table per RFC. */

/** PKCS #9 attributes; those of certification requests (RFC 2986 has none of its own) among them. */
export const rfc2985 = {
  'pkcs-9-at-emailAddress': '1.2.840.113549.1.9.1',
  'pkcs-9-at-unstructuredName': '1.2.840.113549.1.9.2',
  'pkcs-9-at-contentType': '1.2.840.113549.1.9.3',
  'pkcs-9-at-messageDigest': '1.2.840.113549.1.9.4',
  'pkcs-9-at-signingTime': '1.2.840.113549.1.9.5',
  'pkcs-9-at-challengePassword': '1.2.840.113549.1.9.7',
  'pkcs-9-at-unstructuredAddress': '1.2.840.113549.1.9.8',
  'pkcs-9-at-extensionRequest': '1.2.840.113549.1.9.14',
} as const;

/** PKCS #10: the name of its module. */
export const rfc2986 = {
  'PKCS-10': '1.2.840.113549.1.10.1.1',
} as const;

/** CMS. */
export const rfc5652 = {
  'id-ct-contentInfo': '1.2.840.113549.1.9.16.1.6',
  'id-data': '1.2.840.113549.1.7.1',
  'id-signedData': '1.2.840.113549.1.7.2',
  'id-envelopedData': '1.2.840.113549.1.7.3',
  'id-digestedData': '1.2.840.113549.1.7.5',
  'id-encryptedData': '1.2.840.113549.1.7.6',
  'id-contentType': '1.2.840.113549.1.9.3',
  'id-messageDigest': '1.2.840.113549.1.9.4',
  'id-signingTime': '1.2.840.113549.1.9.5',
  'id-countersignature': '1.2.840.113549.1.9.6',
} as const;

/** CMC updates. */
export const rfc6402 = {
  'id-cmc-changeSubjectName': '1.3.6.1.5.5.7.7.36',
  'id-kp-cmcRA': '1.3.6.1.5.5.7.3.28',
} as const;

/** OCSP. */
export const rfc6960 = {
  'id-kp-OCSPSigning': '1.3.6.1.5.5.7.3.9',
  'id-pkix-ocsp': '1.3.6.1.5.5.7.48.1',
  'id-pkix-ocsp-basic': '1.3.6.1.5.5.7.48.1.1',
  'id-pkix-ocsp-nonce': '1.3.6.1.5.5.7.48.1.2',
  'id-pkix-ocsp-crl': '1.3.6.1.5.5.7.48.1.3',
  'id-pkix-ocsp-response': '1.3.6.1.5.5.7.48.1.4',
  'id-pkix-ocsp-nocheck': '1.3.6.1.5.5.7.48.1.5',
  'id-pkix-ocsp-archive-cutoff': '1.3.6.1.5.5.7.48.1.6',
  'id-pkix-ocsp-service-locator': '1.3.6.1.5.5.7.48.1.7',
  'id-pkix-ocsp-pref-sig-algs': '1.3.6.1.5.5.7.48.1.8',
  'id-pkix-ocsp-extended-revoke': '1.3.6.1.5.5.7.48.1.9',
} as const;

/** EST; id-aa-decryptKeyID is taken over from RFC 4108. */
export const rfc7030 = {
  'id-aa-decryptKeyID': '1.2.840.113549.1.9.16.2.37',
  'id-aa-asymmDecryptKeyID': '1.2.840.113549.1.9.16.2.54',
} as const;

/** SCEP: the attributes are on VeriSign's arc, where they began. */
export const rfc8894 = {
  'id-messageType': '2.16.840.1.113733.1.9.2',
  'id-pkiStatus': '2.16.840.1.113733.1.9.3',
  'id-failInfo': '2.16.840.1.113733.1.9.4',
  'id-senderNonce': '2.16.840.1.113733.1.9.5',
  'id-recipientNonce': '2.16.840.1.113733.1.9.6',
  'id-transactionID': '2.16.840.1.113733.1.9.7',
  'id-scep-failInfoText': '1.3.6.1.5.5.7.24.1',
} as const;

/** EST CSR attributes by template. */
export const rfc9908 = {
  'id-aa-certificationRequestInfoTemplate': '1.2.840.113549.1.9.16.2.61',
  'id-aa-extensionReqTemplate': '1.2.840.113549.1.9.16.2.62',
} as const;
