/** Certificates of profiles, made by the step of the cycle that prepares them, and signed by any kind of key. */
import { randomBytes } from 'node:crypto';
import type { KeyObject } from 'node:crypto';
import { createSoftwareSigner, keyKindOf, signatureAlgorithms } from '@touchmark/crypto';
import type { KeyAlgorithmName, SignatureAlgorithmName, Signer } from '@touchmark/crypto';
import { testKeyPair } from '@touchmark/testkit';
import {
  encodeName,
  encodeSigned,
  encodeTbsCertificate,
  extension,
  keyIdentifierOf,
  parseCertificate,
} from '@touchmark/x509';
import type { GeneralName } from '@touchmark/x509';
import { AttemptLog } from '../../src/attempt-log.ts';
import type { IssuerContent } from '../../src/issuer.ts';
import { CertificatePreparer } from '../../src/prepare.ts';
import type { AssembledCertificate } from '../../src/prepare.ts';
import type { ProfileRules } from '../../src/profile.ts';
import type { NameSources } from '../../src/profile/name-sources.ts';

export const publicUrl = 'http://pki.example.com';
const year = 365 * 86_400_000;

export function newLog(now = new Date()): AttemptLog {
  const context = {
    id: 'attempt',
    protocol: 'est',
    operation: 'simpleenroll',
    endpointLabel: 'factory',
    remoteAddress: undefined,
    principal: undefined,
  } as const;
  return new AttemptLog(context, { now: () => now });
}

export interface TestIssuer extends IssuerContent {
  readonly certificateDer: Uint8Array;
  readonly signer: Signer;
  readonly publicKey: KeyObject;
}

/** A self-signed authority, valid from a year ago to 25 years after now. */
export async function newIssuer(
  keyAlgorithm: KeyAlgorithmName,
  signatureAlgorithm?: SignatureAlgorithmName,
  now = new Date(),
): Promise<TestIssuer> {
  const { privateKey, publicKey } = await testKeyPair(keyAlgorithm, 'authority');
  const signer = createSoftwareSigner(
    privateKey,
    signatureAlgorithm === undefined ? undefined : signatureAlgorithms[signatureAlgorithm],
  );
  const subjectKeyIdentifier = keyIdentifierOf(signer.subjectPublicKeyInfoDer);
  const subjectDer = encodeName([{ attribute: 'commonName', value: `CA ${keyAlgorithm} ${signer.algorithm.name}` }]);
  const seconds = Math.floor(now.getTime() / 1000) * 1000;
  const tbsCertificateDer = encodeTbsCertificate({
    serialNumber: new Uint8Array([1, ...randomBytes(15)]),
    signatureAlgorithmDer: signer.algorithm.algorithmIdentifierDer,
    issuerDer: subjectDer,
    notBefore: new Date(seconds - year),
    notAfter: new Date(seconds + 25 * year),
    subjectDer,
    subjectPublicKeyInfoDer: signer.subjectPublicKeyInfoDer,
    extensionsDer: [
      extension.basicConstraints({ cA: true }),
      extension.keyUsage(['keyCertSign', 'cRLSign']),
      extension.subjectKeyIdentifier(subjectKeyIdentifier),
    ],
  });
  const certificateDer = await signed(tbsCertificateDer, signer);
  const certificate = parseCertificate(certificateDer);
  return {
    authority: { name: 'issuing', crlShards: 4, state: 'active' },
    constraints: { nameConstraints: [], remainingPathLength: undefined },
    certificate,
    signatureAlgorithm: signer.algorithm,
    subjectKeyIdentifier,
    certificateDer,
    signer,
    publicKey,
  };
}

async function signed(tbsCertificateDer: Uint8Array, signer: Signer): Promise<Uint8Array> {
  const signature = await signer.sign(tbsCertificateDer);
  return encodeSigned(tbsCertificateDer, signer.algorithm.algorithmIdentifierDer, signature);
}

export interface TestSubject {
  readonly name: string;
  readonly rules: ProfileRules;
  readonly keyAlgorithm: KeyAlgorithmName;
  readonly sources: NameSources;
}

const preparer = new CertificatePreparer(publicUrl, (length) => new Uint8Array(randomBytes(length)));

const subjectKeys = new Map<KeyAlgorithmName, Uint8Array>();

async function subjectKey(keyAlgorithm: KeyAlgorithmName): Promise<Uint8Array> {
  let subjectPublicKeyInfoDer = subjectKeys.get(keyAlgorithm);
  if (subjectPublicKeyInfoDer === undefined) {
    const { publicKey } = await testKeyPair(keyAlgorithm, 'subject');
    subjectPublicKeyInfoDer = new Uint8Array(publicKey.export({ format: 'der', type: 'spki' }));
    subjectKeys.set(keyAlgorithm, subjectPublicKeyInfoDer);
  }
  return subjectPublicKeyInfoDer;
}

export async function assemble(
  { name, rules, keyAlgorithm, sources }: TestSubject,
  issuer: IssuerContent,
  now: Date,
): Promise<AssembledCertificate & { readonly subjectPublicKeyInfoDer: Uint8Array }> {
  const subjectPublicKeyInfoDer = await subjectKey(keyAlgorithm);
  const content = {
    profile: { name, version: 1, rules },
    issuer,
    publicKey: { kind: keyKindOf(keyAlgorithm), subjectPublicKeyInfoDer },
    sources,
  };
  return { ...preparer.assemble(content, now, newLog(now)), subjectPublicKeyInfoDer };
}

export async function issue(subject: TestSubject, issuer: TestIssuer, now: Date) {
  const assembled = await assemble(subject, issuer, now);
  return { ...assembled, certificateDer: await signed(assembled.tbsCertificateDer, issuer.signer) };
}

const names: Readonly<Record<string, GeneralName>> = {
  dns: { kind: 'dns', value: 'broker.example.com' },
  ip: { kind: 'ip', value: '192.0.2.7' },
  uri: { kind: 'uri', value: 'urn:example:broker' },
  email: { kind: 'email', value: 'ada@example.com' },
};

/** A device that has everything on record, and a request that asks for one name of each kind that is let through. */
export function sourcesFor(rules: ProfileRules): NameSources {
  return {
    deviceId: 'pump-0042',
    device: {
      role: 'pump',
      segment: 'hall-7',
      fields: {
        applicationUri: 'urn:plant:pump-0042:server',
        organization: 'Example Plant',
        hostnames: 'broker.example.com, spare.example.com',
        addresses: '192.0.2.7',
        hostname: 'pump-0042.example.com',
      },
    },
    requested: {
      commonName: 'broker.example.com',
      subjectAltNames: rules.subjectAltName.fromRequest.map(({ kind }) => names[kind]!),
    },
  };
}
