/** RFC 5280 §5.2.3: cRLNumber is non-critical. */
import type { Lint } from '../lint.ts';
import { extensionId } from '../structure/identifiers.ts';
import type { TbsCertList } from '../structure/tbs-cert-list.ts';

export const crlNumberNotCritical: Lint<TbsCertList> = {
  name: 'crl-number-not-critical',
  citation: 'RFC 5280 §5.2.3',
  requirement: 'Conforming CRL issuers MUST mark cRLNumber as non-critical',
  check: ({ extensions }) =>
    extensions.find(extensionId.cRLNumber)?.critical === true ? 'cRLNumber is critical' : undefined,
};
