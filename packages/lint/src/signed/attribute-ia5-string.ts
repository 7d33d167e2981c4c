/** RFC 5280 Appendix A.1: domainComponent and emailAddress are IA5String. */
import { tag } from '@touchmark/asn1';
import type { Lint } from '../lint.ts';
import { attributeTypes } from '../structure/attribute-types.ts';
import type { Signed } from '../structure/signed.ts';

export const attributeIa5String: Lint<Signed> = {
  name: 'attribute-ia5-string',
  citation: 'RFC 5280 Appendix A.1',
  requirement: 'domainComponent and emailAddress are of type IA5String',
  check({ names }) {
    for (const name of names) {
      for (const attribute of name.attributes) {
        const type = attributeTypes[attribute.type];
        if (type?.syntax === 'ia5String' && attribute.tag !== tag.ia5String) {
          return `${type.name} in ${name.field} is no IA5String`;
        }
      }
    }
    return undefined;
  },
};
