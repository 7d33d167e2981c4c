/** RFC 4512 §2.3: the attributes of one RDN are of distinct types. */
import type { Lint } from '../lint.ts';
import type { Signed } from '../structure/signed.ts';

export const rdnAttributeTypesDistinct: Lint<Signed> = {
  name: 'rdn-attribute-types-distinct',
  citation: 'RFC 4512 §2.3',
  requirement: 'No two attributes of a relative distinguished name have the same type',
  check({ names }) {
    for (const name of names) {
      for (const { attributes } of name.rdns) {
        if (attributes.length < 2) continue;
        if (new Set(attributes.map(({ type }) => type)).size < attributes.length) {
          return `${name.field} has an RDN with two attributes of one type`;
        }
      }
    }
    return undefined;
  },
};
