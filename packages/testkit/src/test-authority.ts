/** A root, an issuing CA and what they issue, for tests that need certificates but not the service. */
import type { KeyObject } from 'node:crypto';
import { encodePem } from '@touchmark/asn1';
import { createSoftwareSigner, generateKeyPair } from '@touchmark/crypto';
import type { KeyAlgorithmName, KeyPair, Signer } from '@touchmark/crypto';
import { encodeName, keyIdentifierOf } from '@touchmark/x509';
import type { Certificate, NameAttribute } from '@touchmark/x509';
import { caExtensions, issueTestCertificate, leafExtensions } from './test-certificate.ts';
import type { TestLeafFields, Validity } from './test-certificate.ts';

export interface TestAuthorityOptions {
  /** Of both CA keys; P-256 unless told otherwise. */
  readonly keyAlgorithm?: KeyAlgorithmName;
  /** What issues leaf certificates: an issuing CA under the root, or the root itself. `issuing` unless told otherwise. */
  readonly kind?: 'root' | 'issuing';
  /** Before the names of the CAs; tells apart authorities in one test. */
  readonly name?: string;
  /** CA certificates are valid from an hour before to ten years after, leaves for a year; the present unless told otherwise. */
  readonly now?: Date;
}

export interface TestCa {
  readonly certificate: Certificate;
  readonly certificateDer: Uint8Array;
  readonly privateKey: KeyObject;
  readonly signer: Signer;
  readonly subjectDer: Uint8Array;
  readonly subjectKeyIdentifier: Uint8Array;
}

export interface TestLeaf {
  readonly certificate: Certificate;
  readonly certificateDer: Uint8Array;
  readonly privateKey: KeyObject;
  readonly publicKey: KeyObject;
  /** For node:tls. */
  readonly certificatePem: string;
  readonly privateKeyPem: string;
}

export interface TestAuthority {
  readonly root: TestCa;
  /** What issues: the root itself where `kind` is `root`. */
  readonly issuing: TestCa;
  /** From the issuing CA to the root, each once. */
  readonly chainDer: readonly Uint8Array[];
  readonly chainPem: string;
  /** A certificate with a fresh key, or the one given. */
  issue(fields?: TestLeafFields & { keyAlgorithm?: KeyAlgorithmName; keyPair?: KeyPair }): Promise<TestLeaf>;
  /** A certificate for the key of somebody else. */
  certify(subjectPublicKeyInfoDer: Uint8Array, fields?: TestLeafFields): Promise<Certificate>;
}

const hour = 3_600_000;
const year = 366 * 24 * hour;

export async function createTestAuthority(options: TestAuthorityOptions = {}): Promise<TestAuthority> {
  const { keyAlgorithm = 'ec-p256', kind = 'issuing', name = 'Test' } = options;
  const now = secondsOf(options.now ?? new Date());
  const validity = { notBefore: new Date(now - hour), notAfter: new Date(now + 10 * year) };
  const root = await createCa(`${name} Root CA`, keyAlgorithm, validity, undefined);
  const issuing = kind === 'root' ? root : await createCa(`${name} Issuing CA`, keyAlgorithm, validity, root);
  const chainDer = kind === 'root' ? [root.certificateDer] : [issuing.certificateDer, root.certificateDer];

  const certify = (subjectPublicKeyInfoDer: Uint8Array, fields: TestLeafFields = {}): Promise<Certificate> => {
    const complete = {
      subject: commonName('device-0001'),
      notBefore: new Date(now - hour),
      notAfter: new Date(now + year),
      ...fields,
    };
    const extensionsDer = leafExtensions(subjectPublicKeyInfoDer, complete);
    return issueTestCertificate(issuing, subjectPublicKeyInfoDer, extensionsDer, complete);
  };

  return {
    root,
    issuing,
    chainDer,
    chainPem: chainDer.map(certificatePem).join(''),
    certify,
    async issue({ keyAlgorithm: leafAlgorithm = 'ec-p256', keyPair, ...fields } = {}) {
      const { privateKey, publicKey } = keyPair ?? (await generateKeyPair(leafAlgorithm));
      const certificate = await certify(new Uint8Array(publicKey.export({ format: 'der', type: 'spki' })), fields);
      return {
        certificate,
        certificateDer: certificate.der,
        privateKey,
        publicKey,
        certificatePem: certificatePem(certificate.der),
        privateKeyPem: privateKey.export({ format: 'pem', type: 'pkcs8' }).toString(),
      };
    },
  };
}

async function createCa(
  cn: string,
  keyAlgorithm: KeyAlgorithmName,
  validity: Validity,
  parent: TestCa | undefined,
): Promise<TestCa> {
  const { privateKey } = await generateKeyPair(keyAlgorithm);
  const signer = createSoftwareSigner(privateKey);
  const subject = commonName(cn);
  const itself = {
    privateKey,
    signer,
    subjectDer: encodeName(subject),
    subjectKeyIdentifier: keyIdentifierOf(signer.subjectPublicKeyInfoDer),
  };
  const extensionsDer = caExtensions(signer.subjectPublicKeyInfoDer, parent === undefined ? undefined : 0);
  const fields = { subject, ...validity };
  const certificate = await issueTestCertificate(
    parent ?? itself,
    signer.subjectPublicKeyInfoDer,
    extensionsDer,
    fields,
  );
  return { ...itself, certificate, certificateDer: certificate.der };
}

function commonName(value: string): NameAttribute[] {
  return [{ attribute: 'commonName', value }];
}

function certificatePem(certificateDer: Uint8Array): string {
  return encodePem('CERTIFICATE', certificateDer);
}

/** Certificates know no fractions of a second. */
function secondsOf(date: Date): number {
  return Math.floor(date.getTime() / 1000) * 1000;
}
