/** Which certificates are meant, by what is on record of them: the same words for listings and for acts on many. */
import { toHex } from '@touchmark/asn1';
import { CaError } from './errors.ts';
import type { CertificateStatus } from './model.ts';

/** What is undefined does not narrow the selection; what is there must all hold. */
export interface CertificateSelection {
  /** Any of them; empty: all. */
  readonly statuses?: readonly CertificateStatus[] | undefined;
  readonly deviceId?: string | undefined;
  /** SHA-256 of the SubjectPublicKeyInfo. */
  readonly publicKeySha256?: Uint8Array | undefined;
  readonly profileName?: string | undefined;
  readonly profileVersion?: number | undefined;
  readonly authorityId?: string | undefined;
  /** Of issuance: from, included, and before, excluded; so for notAfter. */
  readonly issuedFrom?: Date | undefined;
  readonly issuedBefore?: Date | undefined;
  readonly notAfterFrom?: Date | undefined;
  readonly notAfterBefore?: Date | undefined;
}

/**
 * A selection to revoke: narrowed by something, and of what is not revoked yet. An expired certificate counts where a device or
 * a key is meant: a profile may let it renew for a while.
 *
 * @throws CaError `invalidArgument`
 */
export function selectionToRevoke(selection: CertificateSelection): CertificateSelection {
  const { statuses = [], ...narrowing } = selection;
  if (Object.values(narrowing).every((value) => value === undefined)) {
    throw new CaError(
      'invalidArgument',
      'This selects every certificate there is. Narrow it by device, key, profile, authority or time.',
    );
  }
  if (statuses.includes('revoked')) {
    throw new CaError('invalidArgument', 'What is revoked already cannot be selected: choose active, held or expired.');
  }
  if (statuses.length > 0) return selection;
  const ofOneOwner = selection.deviceId !== undefined || selection.publicKeySha256 !== undefined;
  return { ...selection, statuses: ofOneOwner ? ['active', 'held', 'expired'] : ['active', 'held'] };
}

/** In the names of the REST interface's filters, for records of the act. */
export function describeSelection(selection: CertificateSelection): Readonly<Record<string, string>> {
  const { statuses = [], publicKeySha256, profileVersion } = selection;
  const described: Readonly<Record<string, string | undefined>> = {
    status: statuses.length === 0 ? undefined : statuses.join(','),
    deviceId: selection.deviceId,
    publicKeySha256: publicKeySha256 === undefined ? undefined : toHex(publicKeySha256),
    profile: selection.profileName,
    profileVersion: profileVersion === undefined ? undefined : String(profileVersion),
    authority: selection.authorityId,
    'issued[gte]': selection.issuedFrom?.toISOString(),
    'issued[lt]': selection.issuedBefore?.toISOString(),
    'notAfter[gte]': selection.notAfterFrom?.toISOString(),
    'notAfter[lt]': selection.notAfterBefore?.toISOString(),
  };
  return Object.fromEntries(
    Object.entries(described).filter((entry): entry is [string, string] => entry[1] !== undefined),
  );
}
