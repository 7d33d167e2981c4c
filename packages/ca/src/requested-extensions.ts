/**
 * The extensions that a request asks for. None of them reaches a certificate by itself: the profile sets them all, and lets
 * names through at most. What cannot be read, and what is critical and unknown here, is refused always: what the requester
 * wants could not be had. What would make of a device an authority is refused where the profile says so, and else dropped like
 * the rest, with a warning on the attempt: the templates of many tools ask for such things without meaning them.
 */
import { Asn1Error, oidName, readWhole, rfc5280, rfc6402, rfc6960 } from '@touchmark/asn1';
import { parseBasicConstraints, parseCertificatePolicies, parseExtendedKeyUsage, parseKeyUsage } from '@touchmark/x509';
import type { Extension } from '@touchmark/x509';
import type { AttemptLog } from './attempt-log.ts';
import { refused } from './refused.ts';
import type { CaErrorCode } from './refusals/refusals.ts';

const maxExtensions = 32;

export interface ExtensionPolicy {
  /** Object identifiers of the key purposes that the profile gives anyway. */
  readonly grantedPurposes: readonly string[];
  readonly extensionsOfAuthorities: 'drop' | 'refuse';
}

export function checkRequestedExtensions(
  requested: readonly Extension[],
  policy: ExtensionPolicy,
  log: AttemptLog,
): void {
  if (requested.length > maxExtensions) {
    throw refused('extensionsTooMany', `The request asks for ${requested.length} extensions`);
  }
  for (const extension of requested) {
    if (extension.oid === rfc5280['id-ce-subjectAltName']) continue;
    const wish = wishOf(extension, policy.grantedPurposes);
    if (wish === undefined) continue;
    if (wish.code !== undefined && policy.extensionsOfAuthorities === 'refuse') {
      throw refused(wish.code, `The request asks for ${wish.what}`);
    }
    log.warn('authorize', `the requested ${wish.what} was dropped: the profile sets extensions`);
  }
}

/** What is asked for beyond what the certificate has anyway. */
interface Wish {
  readonly what: string;
  /** Of what only an authority may have. */
  readonly code?: CaErrorCode;
}

type Judge = (value: Uint8Array, grantedPurposes: readonly string[]) => Wish | undefined;

function wishOf({ oid, critical, value }: Extension, grantedPurposes: readonly string[]): Wish | undefined {
  const judge = judges[oid];
  if (judge === undefined) {
    if (!critical || setByTheAuthority.has(oid)) return { what: `extension ${nameOf(oid)}` };
    throw refused('extensionCriticalUnknown', `The request asks for the critical extension ${nameOf(oid)}`);
  }
  try {
    return judge(value, grantedPurposes);
  } catch (error) {
    if (!(error instanceof Asn1Error)) throw error;
    throw refused(
      'extensionValueMalformed',
      `The requested extension ${nameOf(oid)} cannot be read: ${error.message}`,
      {
        cause: error,
      },
    );
  }
}

const sequenceOfAuthority =
  (code: CaErrorCode, what: string): Judge =>
  (value) => {
    readWhole(value);
    return { code, what };
  };

const judges: Readonly<Record<string, Judge>> = {
  [rfc5280['id-ce-basicConstraints']]: (value) => {
    const { cA, pathLenConstraint } = parseBasicConstraints(value);
    if (cA) return { code: 'extensionAsksForAuthority', what: 'basicConstraints with cA TRUE' };
    return pathLenConstraint === undefined ? undefined : { what: 'pathLenConstraint' };
  },
  [rfc5280['id-ce-keyUsage']]: (value) => {
    const bits = parseKeyUsage(value);
    const what = `keyUsage (${bits.join(', ')})`;
    if (bits.includes('keyCertSign')) return { code: 'extensionAsksForCertSign', what };
    return bits.includes('cRLSign') ? { code: 'extensionAsksForCrlSign', what } : { what };
  },
  [rfc5280['id-ce-extKeyUsage']]: (value, grantedPurposes) => {
    const foreign = parseExtendedKeyUsage(value).filter((purpose) => !grantedPurposes.includes(purpose));
    if (foreign.length === 0) return undefined;
    const code = foreign.map((purpose) => purposesOfAuthority[purpose]).find((found) => found !== undefined);
    return { what: `extKeyUsage (${foreign.slice(0, 8).map(nameOf).join(', ')})`, ...(code !== undefined && { code }) };
  },
  [rfc5280['id-ce-certificatePolicies']]: (value) => ({
    what: `certificatePolicies (${parseCertificatePolicies(value).length} of them)`,
  }),
  [rfc5280['id-ce-nameConstraints']]: sequenceOfAuthority('extensionNameConstraints', 'nameConstraints'),
  [rfc5280['id-ce-policyMappings']]: sequenceOfAuthority('extensionPolicyControl', 'policyMappings'),
  [rfc5280['id-ce-policyConstraints']]: sequenceOfAuthority('extensionPolicyControl', 'policyConstraints'),
  [rfc5280['id-ce-inhibitAnyPolicy']]: () => ({ code: 'extensionPolicyControl', what: 'inhibitAnyPolicy' }),
  [rfc6960['id-pkix-ocsp-nocheck']]: () => ({ code: 'extensionAsksForNoCheck', what: 'id-pkix-ocsp-nocheck' }),
};

/** Key purposes with which a device could vouch for others; the CMC ones are of RFC 6402 §2.10. */
const purposesOfAuthority: Readonly<Record<string, CaErrorCode>> = {
  [rfc5280.anyExtendedKeyUsage]: 'extensionAsksForAnyPurpose',
  [rfc6960['id-kp-OCSPSigning']]: 'extensionAsksForOcspSigning',
  '1.3.6.1.5.5.7.3.27': 'extensionAsksForRegistration',
  [rfc6402['id-kp-cmcRA']]: 'extensionAsksForRegistration',
  '1.3.6.1.5.5.7.3.29': 'extensionAsksForRegistration',
};

/** What follows from issuer, key and profile, so that asking for it changes nothing, critical or not. */
const setByTheAuthority: ReadonlySet<string> = new Set([
  rfc5280['id-ce-subjectKeyIdentifier'],
  rfc5280['id-ce-authorityKeyIdentifier'],
  rfc5280['id-ce-cRLDistributionPoints'],
  rfc5280['id-pe-authorityInfoAccess'],
]);

function nameOf(oid: string): string {
  const name = oidName(oid);
  return name === undefined ? oid : `${name.replace(/^id-(?:ce|kp|pe)-/, '')} (${oid})`;
}
