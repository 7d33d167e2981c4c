/** RFC 5280 §5.2.3: CRLs are numbered. */
import type { Lint } from '../lint.ts';
import { extensionId } from '../structure/identifiers.ts';
import type { TbsCertList } from '../structure/tbs-cert-list.ts';

export const crlNumberPresent: Lint<TbsCertList> = {
  name: 'crl-number-present',
  citation: 'RFC 5280 §5.2.3',
  requirement: 'Conforming CRL issuers MUST include cRLNumber in all CRLs',
  check: ({ extensions }) =>
    extensions.find(extensionId.cRLNumber) === undefined ? 'there is no cRLNumber' : undefined,
};
