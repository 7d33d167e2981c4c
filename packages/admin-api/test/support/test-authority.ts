/** A root and an issuing CA in memory, with real keys, that certify whatever a test needs. */
import { createHash, createPublicKey, randomBytes } from 'node:crypto';
import type { KeyObject } from 'node:crypto';
import { encodePem } from '@touchmark/asn1';
import { createSoftwareSigner, generateKeyPair } from '@touchmark/crypto';
import type { Signer } from '@touchmark/crypto';
import { encodeName, encodeSigned, encodeTbsCertificate, extension, keyIdentifierOf } from '@touchmark/x509';
import type { GeneralName } from '@touchmark/x509';

export interface TestCertificate {
  readonly der: Uint8Array;
  readonly pem: string;
  readonly serialNumber: Uint8Array;
  readonly fingerprintSha256: Uint8Array;
  readonly publicKeySha256: Uint8Array;
  readonly notBefore: Date;
  readonly notAfter: Date;
}

export interface TestIdentity extends TestCertificate {
  readonly keyPem: string;
}

export interface TestCertificateRequest {
  readonly commonName: string;
  readonly subjectAltNames?: readonly GeneralName[];
  readonly publicKey: KeyObject;
  readonly days?: number;
}

interface Party {
  readonly subjectDer: Uint8Array;
  readonly signer: Signer;
  readonly certificate: TestCertificate;
}

export class TestAuthority {
  readonly root: Party;
  readonly issuing: Party;

  private constructor(root: Party, issuing: Party) {
    this.root = root;
    this.issuing = issuing;
  }

  static async create(): Promise<TestAuthority> {
    const root = await createParty('Test Root', undefined);
    return new TestAuthority(root, await createParty('Test Issuing', root));
  }

  /** A leaf for somebody else's key. */
  async certify({
    commonName,
    subjectAltNames = [],
    publicKey,
    days = 90,
  }: TestCertificateRequest): Promise<TestCertificate> {
    const extensions = [
      extension.keyUsage(['digitalSignature']),
      ...(subjectAltNames.length > 0 ? [extension.subjectAltName([...subjectAltNames], false)] : []),
    ];
    return sign(this.issuing.subjectDer, this.issuing.signer, nameOf(commonName), publicKey, extensions, days);
  }

  /** A leaf with a key of its own. */
  async identify(
    commonName: string,
    subjectAltNames: readonly GeneralName[] = [],
    days?: number,
  ): Promise<TestIdentity> {
    const { privateKey, publicKey } = await generateKeyPair('ec-p256');
    const certificate = await this.certify({
      commonName,
      subjectAltNames,
      publicKey,
      ...(days !== undefined && { days }),
    });
    return { ...certificate, keyPem: privateKey.export({ type: 'pkcs8', format: 'pem' }).toString() };
  }
}

async function createParty(commonName: string, issuer: Party | undefined): Promise<Party> {
  const { privateKey, publicKey } = await generateKeyPair('ec-p256');
  const signer = createSoftwareSigner(privateKey);
  const subjectDer = nameOf(commonName);
  const extensions = [
    extension.basicConstraints({ cA: true }),
    extension.keyUsage(['keyCertSign', 'cRLSign']),
    extension.subjectKeyIdentifier(keyIdentifierOf(signer.subjectPublicKeyInfoDer)),
  ];
  const by = issuer ?? { subjectDer, signer };
  const certificate = await sign(by.subjectDer, by.signer, subjectDer, publicKey, extensions, 3650);
  return { subjectDer, signer, certificate };
}

async function sign(
  issuerDer: Uint8Array,
  signer: Signer,
  subjectDer: Uint8Array,
  publicKey: KeyObject,
  extensionsDer: Uint8Array[],
  days: number,
): Promise<TestCertificate> {
  const subjectPublicKeyInfoDer = new Uint8Array(publicKey.export({ type: 'spki', format: 'der' }));
  const serialNumber = new Uint8Array([0x4a, ...randomBytes(19)]);
  const from = Math.floor(Date.now() / 1000) * 1000;
  const notBefore = new Date(from - 300_000 - (days < 0 ? -days * 2 * 86_400_000 : 0));
  const notAfter = new Date(from + days * 86_400_000);
  const tbs = encodeTbsCertificate({
    serialNumber,
    signatureAlgorithmDer: signer.algorithm.algorithmIdentifierDer,
    issuerDer,
    notBefore,
    notAfter,
    subjectDer,
    subjectPublicKeyInfoDer,
    extensionsDer,
  });
  const der = encodeSigned(tbs, signer.algorithm.algorithmIdentifierDer, await signer.sign(tbs));
  const publicKeySha256 = sha256(subjectPublicKeyInfoDer);
  return {
    der,
    pem: encodePem('CERTIFICATE', der),
    serialNumber,
    fingerprintSha256: sha256(der),
    publicKeySha256,
    notBefore,
    notAfter,
  };
}

export function publicKeyOf(subjectPublicKeyInfoDer: Uint8Array): KeyObject {
  return createPublicKey({ key: Buffer.from(subjectPublicKeyInfoDer), format: 'der', type: 'spki' });
}

export function sha256(bytes: Uint8Array): Uint8Array {
  return new Uint8Array(createHash('sha256').update(bytes).digest());
}

function nameOf(commonName: string): Uint8Array {
  return encodeName([{ attribute: 'commonName', value: commonName }]);
}
