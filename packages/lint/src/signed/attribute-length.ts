/** RFC 5280 Appendix A.1: the sizes of naming attributes, 1 to their upper bound in characters. */
import type { Lint } from '../lint.ts';
import { textOf } from '../structure/name.ts';
import { attributeTypes } from '../structure/attribute-types.ts';
import { characterCount } from '../structure/text.ts';
import type { Signed } from '../structure/signed.ts';

export const attributeLength: Lint<Signed> = {
  name: 'attribute-length',
  citation: 'RFC 5280 Appendix A.1',
  requirement: 'The value of a naming attribute is neither empty nor longer than its upper bound',
  check({ names }) {
    for (const name of names) {
      for (const attribute of name.attributes) {
        const type = attributeTypes[attribute.type];
        if (type === undefined) continue;
        if (attribute.content.length === 0) return `${type.name} in ${name.field} is empty`;
        // Octets bound the characters from above, and are nearly always few enough.
        if (attribute.content.length <= type.upperBound) continue;
        const characters = characterCount(textOf(attribute) ?? '');
        if (characters > type.upperBound) {
          return `${type.name} in ${name.field} has ${characters} characters, more than ${type.upperBound}`;
        }
      }
    }
    return undefined;
  },
};
