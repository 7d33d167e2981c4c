/** The CA certificates that the operator trusts, and those that they vouch for. */
import { decodePem, equalBytes, rfc5280, toHex } from '@touchmark/asn1';
import { KeyPolicyError, parsePublicKey, sha256 } from '@touchmark/crypto';
import {
  findExtension,
  parseBasicConstraints,
  parseCertificate,
  parseKeyUsage,
  sameName,
  verifyCertificateSignature,
} from '@touchmark/x509';
import type { Certificate, Name } from '@touchmark/x509';
import type { KeyObject } from 'node:crypto';

export interface IssuingCertificate {
  readonly certificate: Certificate;
  readonly publicKey: KeyObject;
}

/** CAs learned from handshakes: more than any hierarchy needs. */
const maximumLearned = 64;

export class IssuingCertificates {
  readonly #known: IssuingCertificate[];
  #learned = 0;
  readonly #issuers = new WeakMap<Certificate, IssuingCertificate>();

  /** @param bundlePem every certificate in it is trusted, and must be a CA's */
  constructor(bundlePem: string) {
    this.#known = decodePem(bundlePem)
      .filter(({ label }) => label === 'CERTIFICATE')
      .map(({ bytes }) => load(parseCertificate(bytes)));
    if (this.#known.length === 0) throw new Error('There is no certificate in `roots`: give the PEM of the root CA.');
    const notCa = this.#known.find(({ certificate }) => !isCa(certificate));
    if (notCa !== undefined)
      throw new Error(`A certificate in \`roots\` is not a CA's: serial ${notCa.certificate.serialNumberHex}.`);
  }

  /** CAs with this name: a CA that changed its key has several. */
  named(name: Name): readonly IssuingCertificate[] {
    return this.#known.filter(({ certificate }) => sameName(certificate.subject, name));
  }

  /** The CA that signed this certificate, its signature verified; undefined when no trusted CA did. */
  issuerOf(certificate: Certificate): IssuingCertificate | undefined {
    const found =
      this.#issuers.get(certificate) ??
      this.named(certificate.issuer).find(({ publicKey }) => verifyCertificateSignature(certificate, publicKey));
    if (found !== undefined) this.#issuers.set(certificate, found);
    return found;
  }

  /** Takes in CAs of a handshake if a known CA issued them. Returns whether there was a new one. */
  learn(chain: readonly Certificate[], now: Date): boolean {
    const before = this.#learned;
    // From the root's end: each may be vouched for by the one learned before it.
    for (const certificate of chain.toReversed()) {
      if (this.#learned >= maximumLearned) break;
      if (!isCa(certificate) || this.#isKnown(certificate) || now > certificate.notAfter || now < certificate.notBefore)
        continue;
      const issuer = this.issuerOf(certificate);
      if (issuer === undefined || issuer.certificate.der === certificate.der) continue;
      this.#known.push(load(certificate));
      this.#learned++;
    }
    return this.#learned > before;
  }

  #isKnown(certificate: Certificate): boolean {
    return this.#known.some((known) => equalBytes(known.certificate.der, certificate.der));
  }
}

function load(certificate: Certificate): IssuingCertificate {
  return { certificate, publicKey: parsePublicKey(certificate.subjectPublicKeyInfoDer).keyObject };
}

/** Whether the one is named as issuer of the other and signed it. Validity and basicConstraints are not looked at. */
export function hasIssued(issuer: Certificate, certificate: Certificate): boolean {
  if (!sameName(issuer.subject, certificate.issuer)) return false;
  const key = acceptableKeyOf(issuer);
  return key !== undefined && verifyCertificateSignature(certificate, key);
}

/** Undefined when the key policy refuses it: of the certificates that a server shows, one may be so old. */
export function acceptableKeyOf(certificate: Certificate): KeyObject | undefined {
  try {
    return parsePublicKey(certificate.subjectPublicKeyInfoDer).keyObject;
  } catch (error) {
    if (error instanceof KeyPolicyError) return undefined;
    throw error;
  }
}

/** RFC 5280 §4.2.1.9, §4.2.1.3: basicConstraints with cA, and keyUsage, if there, with keyCertSign. */
export function isCa(certificate: Certificate): boolean {
  const constraints = findExtension(certificate, rfc5280['id-ce-basicConstraints']);
  if (constraints === undefined || !parseBasicConstraints(constraints.value).cA) return false;
  const usage = findExtension(certificate, rfc5280['id-ce-keyUsage']);
  return usage === undefined || parseKeyUsage(usage.value).includes('keyCertSign');
}

/** RFC 5280 §6.3.3 (f): keyUsage, if there, has cRLSign. */
export function maySignCrls(certificate: Certificate): boolean {
  const usage = findExtension(certificate, rfc5280['id-ce-keyUsage']);
  return usage === undefined || parseKeyUsage(usage.value).includes('cRLSign');
}

export function fingerprintOf(certificateDer: Uint8Array): string {
  return toHex(sha256(certificateDer));
}
