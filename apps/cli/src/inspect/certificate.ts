/** A certificate in words, for people and, as JSON, for scripts. */
import { createHash, createPublicKey } from 'node:crypto';
import { toHex } from '@touchmark/asn1';
import { findSignatureAlgorithm } from '@touchmark/crypto';
import { formatName, parseCertificate } from '@touchmark/x509';
import { CliFailure, messageOf } from '../failure.ts';
import type { Cell } from '../output/table.ts';
import { withRelative } from '../output/words.ts';
import { describeExtension } from './extensions.ts';
import type { ExtensionDescription } from './extensions.ts';

export interface CertificateDescription {
  readonly subject: string;
  readonly issuer: string;
  readonly serialNumber: string;
  readonly version: number;
  readonly notBefore: string;
  readonly notAfter: string;
  readonly publicKey: string;
  readonly publicKeySha256: string;
  readonly signatureAlgorithm: string;
  readonly fingerprintSha256: string;
  readonly extensions: readonly ExtensionDescription[];
}

export function describeCertificate(der: Uint8Array): CertificateDescription {
  const certificate = parse(der);
  return {
    subject: formatName(certificate.subject),
    issuer: formatName(certificate.issuer),
    serialNumber: certificate.serialNumberHex,
    version: certificate.version,
    notBefore: certificate.notBefore.toISOString(),
    notAfter: certificate.notAfter.toISOString(),
    publicKey: describePublicKey(certificate.subjectPublicKeyInfoDer),
    publicKeySha256: sha256Hex(certificate.subjectPublicKeyInfoDer),
    signatureAlgorithm: findSignatureAlgorithm(certificate.signatureAlgorithmDer)?.name ?? 'unknown',
    fingerprintSha256: sha256Hex(der),
    extensions: certificate.extensions.map(describeExtension),
  };
}

export function certificateFacts(description: CertificateDescription): readonly (readonly [string, string | Cell])[] {
  const expired = new Date(description.notAfter).getTime() + 1000 <= Date.now();
  return [
    ['Subject', description.subject || '(empty)'],
    ['Issuer', description.issuer],
    ['Serial number', description.serialNumber],
    ['Not before', description.notBefore],
    ['Not after', { text: withRelative(description.notAfter), style: expired ? 'red' : undefined }],
    ['Public key', description.publicKey],
    ['Signature', description.signatureAlgorithm],
    ['Fingerprint (SHA-256)', description.fingerprintSha256],
    ...description.extensions.map(extensionFact),
  ];
}

export function extensionFact({ name, critical, text, valueHex }: ExtensionDescription): readonly [string, string] {
  return [`${name}${critical ? ' (critical)' : ''}`, text?.join('\n') ?? valueHex];
}

export function sha256Hex(bytes: Uint8Array): string {
  return createHash('sha256').update(bytes).digest('hex');
}

function parse(der: Uint8Array): ReturnType<typeof parseCertificate> {
  try {
    return parseCertificate(der);
  } catch (error) {
    throw new CliFailure('failed', `This is not a certificate as RFC 5280 has it: ${messageOf(error)}`);
  }
}

/** Keys that the service would refuse are shown too, as far as Node can read them. */
function describePublicKey(spkiDer: Uint8Array): string {
  try {
    const key = createPublicKey({ key: Buffer.from(spkiDer), format: 'der', type: 'spki' });
    const { namedCurve, modulusLength, publicExponent } = key.asymmetricKeyDetails ?? {};
    const details = [namedCurve, modulusLength && `${modulusLength} bit`, publicExponent && `e=${publicExponent}`];
    return [key.asymmetricKeyType, ...details].filter(Boolean).join(' ');
  } catch {
    return `unreadable ${toHex(spkiDer.slice(0, 32))}…`;
  }
}
