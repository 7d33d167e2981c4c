/** RFC 5280 §5.2.4: who does not know delta CRLs must not take one for complete. */
import type { Lint } from '../lint.ts';
import { extensionId } from '../structure/identifiers.ts';
import type { TbsCertList } from '../structure/tbs-cert-list.ts';

export const deltaCrlIndicatorCritical: Lint<TbsCertList> = {
  name: 'delta-crl-indicator-critical',
  citation: 'RFC 5280 §5.2.4',
  requirement: 'The delta CRL indicator is a critical CRL extension',
  check: ({ extensions }) =>
    extensions.find(extensionId.deltaCRLIndicator)?.critical === false
      ? 'deltaCRLIndicator is not critical'
      : undefined,
};
