/** RFC 5280 §5.2.6: a delta CRL does not point to delta CRLs. */
import type { Lint } from '../lint.ts';
import { extensionId } from '../structure/identifiers.ts';
import type { TbsCertList } from '../structure/tbs-cert-list.ts';

export const freshestCrlNotInDelta: Lint<TbsCertList> = {
  name: 'freshest-crl-not-in-delta',
  citation: 'RFC 5280 §5.2.6',
  requirement: 'freshestCRL MUST NOT appear in delta CRLs',
  check: ({ isDelta, extensions }) =>
    isDelta && extensions.find(extensionId.freshestCRL) !== undefined ? 'a delta CRL has freshestCRL' : undefined,
};
