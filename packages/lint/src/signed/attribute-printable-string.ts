/** RFC 5280 Appendix A.1: serialNumber, countryName and dnQualifier are PrintableString. */
import { tag } from '@touchmark/asn1';
import type { Lint } from '../lint.ts';
import { attributeTypes } from '../structure/attribute-types.ts';
import type { Signed } from '../structure/signed.ts';

export const attributePrintableString: Lint<Signed> = {
  name: 'attribute-printable-string',
  citation: 'RFC 5280 Appendix A.1',
  requirement: 'serialNumber, countryName and dnQualifier are of type PrintableString',
  check({ names }) {
    for (const name of names) {
      for (const attribute of name.attributes) {
        const type = attributeTypes[attribute.type];
        if (type?.syntax === 'printableString' && attribute.tag !== tag.printableString) {
          return `${type.name} in ${name.field} is no PrintableString`;
        }
      }
    }
    return undefined;
  },
};
