/** RFC 5280 §4.1.2.4 and §5.1.2.3: the issuer has a name. */
import type { Lint } from '../lint.ts';
import type { SignedFrame } from '../structure/signed.ts';

export const issuerNotEmpty: Lint<SignedFrame> = {
  name: 'issuer-not-empty',
  citation: 'RFC 5280 §4.1.2.4, §5.1.2.3',
  requirement: 'The issuer field MUST contain a non-empty distinguished name',
  check: ({ issuer }) => (issuer.attributes.length === 0 ? 'the issuer is an empty name' : undefined),
};
