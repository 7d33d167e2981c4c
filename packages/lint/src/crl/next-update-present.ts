/** RFC 5280 §5.1.2.5: a CRL says when the next one comes. */
import type { Lint } from '../lint.ts';
import type { TbsCertList } from '../structure/tbs-cert-list.ts';

export const nextUpdatePresent: Lint<TbsCertList> = {
  name: 'next-update-present',
  citation: 'RFC 5280 §5.1.2.5',
  requirement: 'Conforming CRL issuers MUST include nextUpdate in all CRLs',
  check: ({ nextUpdate }) => (nextUpdate === undefined ? 'there is no nextUpdate' : undefined),
};
