/** Whom a SCEP server speaks for: which certificates of GetCACert to believe, and what each is good for. */
import { decodePem, equalBytes, rfc5280, rfc6402 } from '@touchmark/asn1';
import { findExtension, formatName, parseCertificate, parseExtendedKeyUsage, parseKeyUsage } from '@touchmark/x509';
import type { Certificate, KeyUsageBit } from '@touchmark/x509';
import { acceptableKeyOf, fingerprintOf, hasIssued, isCa } from '../issuing-certificates.ts';
import { ScepError } from './scep-error.ts';

/** How the CA is trusted; one of the two, there is no third. */
export type ScepTrust =
  /** PEM of the root certificate, or of any CA certificate above the one of the server. */
  | { readonly roots: string }
  /**
   * SHA-256 in hex, colons allowed, of the root or of the CA certificate that GetCACert answers with, learned by another way
   * than the network (RFC 8894 §2.2).
   */
  | { readonly rootFingerprint: string };

export interface RegistrationAuthority {
  /** What its answers are verified with; undefined: only the CA signs. */
  readonly signing: Certificate | undefined;
  /** What requests are encrypted for; undefined: the CA decrypts. */
  readonly encryption: Certificate | undefined;
}

export interface ScepAuthority {
  readonly ca: Certificate;
  /** The CA's own issuers, nearest first, up to the trusted one. */
  readonly chain: readonly Certificate[];
  /** Undefined where the CA itself answers. */
  readonly ra: RegistrationAuthority | undefined;
  /** What is believed without a reason. */
  readonly anchors: readonly Certificate[];
}

const longestChain = 8;

/** Enrolment agents of Microsoft's NDES have this purpose. */
const certificateRequestAgentOid = '1.3.6.1.4.1.311.20.2.1';

/** Throws ScepError `trustInvalid` when nothing in particular is trusted. */
export function checkTrust(trust: Partial<Record<'roots' | 'rootFingerprint', string>>): ScepTrust {
  if (trust.roots !== undefined) {
    rootsOf(trust.roots);
    return { roots: trust.roots };
  }
  const rootFingerprint = trust.rootFingerprint?.replaceAll(/[:\s]/g, '').toLowerCase();
  if (rootFingerprint !== undefined && /^[0-9a-f]{64}$/.test(rootFingerprint)) return { rootFingerprint };
  throw new ScepError(
    'trustInvalid',
    rootFingerprint === undefined
      ? 'SCEP over plain HTTP proves nothing by itself. Give the root certificate (roots), or the SHA-256 fingerprint of the root or CA certificate (rootFingerprint).'
      : 'The fingerprint is not SHA-256 in hex, which has 64 digits. Ask the operator of the CA for it.',
  );
}

function rootsOf(pem: string): Certificate[] {
  const roots = readRoots(pem);
  if (roots.length > 0) return roots;
  throw new ScepError('trustInvalid', 'There is no CA certificate in the roots given. Give the root in PEM.');
}

function readRoots(pem: string): Certificate[] {
  try {
    return decodePem(pem)
      .filter(({ label }) => label === 'CERTIFICATE')
      .map(({ bytes }) => parseCertificate(bytes))
      .filter(isCa);
  } catch (error) {
    throw new ScepError('trustInvalid', 'The roots given cannot be read. Give the root in PEM.', { cause: error });
  }
}

/** Throws ScepError `caNotTrusted` and `raNotUsable`. */
export function selectAuthority(presented: readonly Certificate[], trust: ScepTrust, now: Date): ScepAuthority {
  const anchors = anchorsOf(presented, trust);
  const cas = trustedCas(anchors, presented, now);
  const believed = cas.filter((ca) => presented.some(({ der }) => equalBytes(der, ca.der)));
  if (believed.length === 0) throw notTrusted();
  const others = presented.filter((certificate) => !isCa(certificate));
  const ca = findCa(others, cas) ?? lowestOf(believed);
  const ra = others.length === 0 ? undefined : selectRa(others, ca, now);
  if (ra?.encryption === undefined && !isRsa(ca)) {
    throw new ScepError(
      'raNotUsable',
      `The key of ${formatName(ca.subject)} is not RSA and cannot decrypt, and there is no RA certificate beside it. Ask the operator for a registration authority with an RSA key.`,
    );
  }
  return { ca, chain: issuersOf(ca, cas, anchors) ?? [], ra, anchors };
}

function anchorsOf(presented: readonly Certificate[], trust: ScepTrust): readonly Certificate[] {
  if ('roots' in trust) return rootsOf(trust.roots);
  const anchors = presented.filter(
    (certificate) => isCa(certificate) && fingerprintOf(certificate.der) === trust.rootFingerprint,
  );
  if (anchors.length === 0) throw notTrusted();
  return anchors;
}

function notTrusted(): ScepError {
  return new ScepError(
    'caNotTrusted',
    'The server does not present the CA that was to be trusted. Compare the fingerprint with the operator, and check the URL and the clock.',
  );
}

/** The anchors and all that they vouch for, currently valid. */
export function trustedCas(
  anchors: readonly Certificate[],
  candidates: readonly Certificate[],
  now: Date,
): readonly Certificate[] {
  const trusted = [...anchors];
  const rest = candidates.filter((candidate) => isCa(candidate) && isValid(candidate, now));
  // Each pass takes in what the certificates trusted so far have issued.
  for (let pass = 0; pass < longestChain; pass++) {
    const vouchedFor = rest.filter(
      (candidate) =>
        !trusted.some(({ der }) => equalBytes(der, candidate.der)) &&
        trusted.some((issuer) => hasIssued(issuer, candidate)),
    );
    if (vouchedFor.length === 0) break;
    trusted.push(...vouchedFor);
  }
  return trusted;
}

/** From the nearest to the anchor; undefined when there is no way there. */
export function issuersOf(
  certificate: Certificate,
  cas: readonly Certificate[],
  anchors: readonly Certificate[],
): Certificate[] | undefined {
  const issuers: Certificate[] = [];
  let current = certificate;
  while (!anchors.includes(current)) {
    const issuer = cas.find((candidate) => hasIssued(candidate, current));
    if (issuer === undefined || issuers.length >= longestChain) return undefined;
    issuers.push(issuer);
    current = issuer;
  }
  return issuers;
}

/** The one that issued the certificates of the RA. */
function findCa(others: readonly Certificate[], cas: readonly Certificate[]): Certificate | undefined {
  return others.map((certificate) => cas.find((ca) => hasIssued(ca, certificate))).find((ca) => ca !== undefined);
}

/** The one that issued no other. */
function lowestOf(cas: readonly Certificate[]): Certificate {
  const lowest = cas.find((ca) => !cas.some((other) => other !== ca && hasIssued(ca, other)));
  if (lowest === undefined) throw notTrusted();
  return lowest;
}

function selectRa(others: readonly Certificate[], ca: Certificate, now: Date): RegistrationAuthority {
  const usable = others.filter(
    (certificate) => hasIssued(ca, certificate) && isValid(certificate, now) && mayRegister(certificate),
  );
  const signing = usable.find((certificate) => hasUsage(certificate, 'digitalSignature'));
  const encryption = usable.find((certificate) => hasUsage(certificate, 'keyEncipherment') && isRsa(certificate));
  if (signing === undefined && encryption === undefined) {
    throw new ScepError(
      'raNotUsable',
      `No RA certificate of the server is issued by ${formatName(ca.subject)}, valid now and meant for this. Check the clock, and ask the operator of the CA to renew it, with the key purpose id-kp-cmcRA or none.`,
    );
  }
  return { signing, encryption };
}

/**
 * The certificate of a device is issued by the same CA and signs and encrypts too: if it passed for the RA's, any device could
 * read the challenges of others. Purposes tell them apart, where there are any.
 */
function mayRegister(certificate: Certificate): boolean {
  const purposes = findExtension(certificate, rfc5280['id-ce-extKeyUsage']);
  if (purposes === undefined) return true;
  const registering = [rfc6402['id-kp-cmcRA'], rfc5280.anyExtendedKeyUsage, certificateRequestAgentOid];
  return parseExtendedKeyUsage(purposes.value).some((purpose) => registering.includes(purpose));
}

function hasUsage(certificate: Certificate, bit: KeyUsageBit): boolean {
  const usage = findExtension(certificate, rfc5280['id-ce-keyUsage']);
  return usage === undefined || parseKeyUsage(usage.value).includes(bit);
}

function isRsa(certificate: Certificate): boolean {
  return acceptableKeyOf(certificate)?.asymmetricKeyType === 'rsa';
}

function isValid(certificate: Certificate, now: Date): boolean {
  return now >= certificate.notBefore && now.getTime() < certificate.notAfter.getTime() + 1000;
}
