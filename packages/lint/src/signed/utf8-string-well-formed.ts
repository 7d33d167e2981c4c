/** RFC 5280 §4.1.2.4 and RFC 3629 §3: what calls itself UTF8String is UTF-8. */
import { tag } from '@touchmark/asn1';
import type { Lint } from '../lint.ts';
import type { Signed } from '../structure/signed.ts';
import { isAscii, utf8Text } from '../structure/text.ts';

export const utf8StringWellFormed: Lint<Signed> = {
  name: 'utf8-string-well-formed',
  citation: 'RFC 5280 §4.1.2.4, RFC 3629 §3',
  requirement: 'A UTF8String is well-formed UTF-8',
  check({ names }) {
    for (const name of names) {
      for (const attribute of name.attributes) {
        if (attribute.tag !== tag.utf8String || isAscii(attribute.content)) continue;
        if (utf8Text(attribute.content) === undefined) {
          return `${name.field} has a UTF8String that is no UTF-8`;
        }
      }
    }
    return undefined;
  },
};
