/** RFC 5280 §5.1.2.1: a CRL with extensions is version 2, and this profile's CRLs have extensions. */
import type { Lint } from '../lint.ts';
import type { TbsCertList } from '../structure/tbs-cert-list.ts';

export const crlVersion2: Lint<TbsCertList> = {
  name: 'crl-version-2',
  citation: 'RFC 5280 §5.1.2.1, §5.1',
  requirement:
    'When extensions are used, the version MUST be present and MUST specify version 2; CAs issue version 2 only',
  check: ({ version }) => (version === 1 ? undefined : 'the version is not v2'),
};
