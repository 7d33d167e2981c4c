/** RFC 5280 §4.1.2.4: the choices of DirectoryString that new certificates may still use. */
import { tag } from '@touchmark/asn1';
import type { Lint } from '../lint.ts';
import { attributeTypes } from '../structure/attribute-types.ts';
import type { Signed } from '../structure/signed.ts';

export const directoryStringType: Lint<Signed> = {
  name: 'directory-string-type',
  citation: 'RFC 5280 §4.1.2.4',
  requirement: 'Attributes of type DirectoryString MUST be PrintableString or UTF8String',
  check({ names }) {
    for (const name of names) {
      for (const attribute of name.attributes) {
        const type = attributeTypes[attribute.type];
        if (type?.syntax !== 'directoryString') continue;
        if (attribute.tag !== tag.utf8String && attribute.tag !== tag.printableString) {
          return `${type.name} in ${name.field} is neither PrintableString nor UTF8String`;
        }
      }
    }
    return undefined;
  },
};
