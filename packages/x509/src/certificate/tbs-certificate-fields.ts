/** What a TBSCertificate is made from; both encoders take it and make the same bytes of it. */
export interface TbsCertificateFields extends IssuerFields, SubjectFields {}

/** The same for many certificates. */
export interface IssuerFields {
  /** The whole AlgorithmIdentifier. */
  readonly signatureAlgorithmDer: Uint8Array;
  readonly issuerDer: Uint8Array;
}

export interface SubjectFields {
  /** Content octets of the INTEGER, as short as possible. */
  readonly serialNumber: Uint8Array;
  readonly notBefore: Date;
  /** Inclusive. */
  readonly notAfter: Date;
  readonly subjectDer: Uint8Array;
  readonly subjectPublicKeyInfoDer: Uint8Array;
  /** Whole extensions, in the order in which they shall stand; one at least, since all certificates are version 3. */
  readonly extensionsDer: readonly Uint8Array[];
}
