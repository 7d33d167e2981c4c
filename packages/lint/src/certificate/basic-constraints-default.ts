/** X.690 §11.5: cA DEFAULT FALSE is not written out. */
import type { Lint } from '../lint.ts';
import type { CertificateFrame } from '../structure/tbs-certificate.ts';

export const basicConstraintsDefault: Lint<CertificateFrame> = {
  name: 'basic-constraints-default',
  citation: 'RFC 5280 §4.2.1.9, X.690 §11.5',
  requirement: 'basicConstraints of an end entity leaves cA out',
  check: ({ extensions }) =>
    extensions.values.basicConstraints?.encodesFalse === true
      ? 'basicConstraints encodes the default cA FALSE'
      : undefined,
};
