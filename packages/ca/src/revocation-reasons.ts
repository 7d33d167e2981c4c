/** Which reason fits which kind of certificate (RFC 5280 §5.3.1). */
import { CaError } from './errors.ts';
import type { RevocationReason } from './model.ts';

/**
 * Of an end-entity certificate. Holds come with their own operation; cACompromise is about authorities, and aACompromise
 * about attribute authorities, of which there are none here.
 */
export const revocationReasons = [
  'unspecified',
  'keyCompromise',
  'affiliationChanged',
  'superseded',
  'cessationOfOperation',
  'privilegeWithdrawn',
] as const satisfies readonly RevocationReason[];

/** Of the certificate of an authority: its compromise has a name of its own. An authority is never on hold. */
export const authorityRevocationReasons = [
  'unspecified',
  'cACompromise',
  'affiliationChanged',
  'superseded',
  'cessationOfOperation',
] as const satisfies readonly RevocationReason[];

/** The reasons that say that the private key is not its owner's alone: the key is blocked from then on. */
const compromises: readonly RevocationReason[] = ['keyCompromise', 'cACompromise', 'aACompromise'];

export function isCompromise(reason: RevocationReason): boolean {
  return compromises.includes(reason);
}

/** @throws CaError `invalidArgument` */
export function checkReason(reason: RevocationReason, fitting: readonly RevocationReason[]): void {
  if (fitting.includes(reason)) return;
  throw new CaError(
    'invalidArgument',
    `The reason ${reason} does not fit this certificate. Give one of ${fitting.join(', ')}.`,
  );
}
