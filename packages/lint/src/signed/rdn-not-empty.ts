/** RFC 5280 §4.1.2.4: RelativeDistinguishedName ::= SET SIZE (1..MAX). */
import type { Lint } from '../lint.ts';
import type { Signed } from '../structure/signed.ts';

export const rdnNotEmpty: Lint<Signed> = {
  name: 'rdn-not-empty',
  citation: 'RFC 5280 §4.1.2.4',
  requirement: 'Each relative distinguished name has at least one attribute',
  check({ names }) {
    for (const name of names) {
      for (const rdn of name.rdns) if (rdn.attributes.length === 0) return `${name.field} has an empty RDN`;
    }
    return undefined;
  },
};
