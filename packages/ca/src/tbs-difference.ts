/** What differs between a certificate and one that would be issued now, but for what always does. */
import { equalBytes, oidName, toHex } from '@touchmark/asn1';
import { formatName, parseCertificate, parseTbsCertificate } from '@touchmark/x509';
import type { Extension } from '@touchmark/x509';

export interface CertificateDifference {
  /** `subject`, `issuer`, `lifetimeSeconds`, `publicKey`, `signatureAlgorithm`, or the name or OID of an extension. */
  readonly field: string;
  /** In words or in hex; undefined: not there. */
  readonly then: string | undefined;
  readonly now: string | undefined;
}

/** Serial number and dates are new in every certificate; how long it is valid is compared. */
export function compareToBeSigned(
  certificateDer: Uint8Array,
  tbsCertificateDer: Uint8Array,
): readonly CertificateDifference[] {
  const then = parseCertificate(certificateDer);
  const now = parseTbsCertificate(tbsCertificateDer);
  const fields: readonly (readonly [string, string, string])[] = [
    ['issuer', formatName(then.issuer), formatName(now.issuer)],
    ['subject', formatName(then.subject), formatName(now.subject)],
    ['lifetimeSeconds', lifetimeOf(then), lifetimeOf(now)],
    ['publicKey', toHex(then.subjectPublicKeyInfoDer), toHex(now.subjectPublicKeyInfoDer)],
    ['signatureAlgorithm', toHex(then.signatureAlgorithmDer), toHex(now.signatureAlgorithmDer)],
  ];
  return [
    ...fields
      .filter(([, before, after]) => before !== after)
      .map(([field, before, after]) => ({
        field,
        then: before,
        now: after,
      })),
    ...compareExtensions(then.extensions, now.extensions),
  ];
}

function lifetimeOf({ notBefore, notAfter }: { readonly notBefore: Date; readonly notAfter: Date }): string {
  return String((notAfter.getTime() - notBefore.getTime()) / 1000 + 1);
}

function compareExtensions(then: readonly Extension[], now: readonly Extension[]): readonly CertificateDifference[] {
  const oids = new Set([...then, ...now].map(({ oid }) => oid));
  return [...oids].flatMap((oid) => {
    const [before, after] = [then, now].map((extensions) => extensions.find((extension) => extension.oid === oid));
    if (before !== undefined && after !== undefined && equalBytes(before.der, after.der)) return [];
    return [{ field: oidName(oid) ?? oid, then: before && toHex(before.der), now: after && toHex(after.der) }];
  });
}
