/** RFC 5280 §4.2.2.1: AuthorityInfoAccessSyntax ::= SEQUENCE SIZE (1..MAX). */
import type { Lint } from '../lint.ts';
import type { SignedFrame } from '../structure/signed.ts';

export const authorityInfoAccessNotEmpty: Lint<SignedFrame> = {
  name: 'authority-info-access-not-empty',
  citation: 'RFC 5280 §4.2.2.1, §5.2.7',
  requirement: 'authorityInfoAccess has at least one access description',
  check: ({ extensions }) =>
    extensions.values.authorityInfoAccess?.length === 0 ? 'authorityInfoAccess is empty' : undefined,
};
