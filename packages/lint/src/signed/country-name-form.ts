/** RFC 5280 Appendix A.1: X520countryName ::= PrintableString (SIZE (2)), an ISO 3166 code. */
import type { Lint } from '../lint.ts';
import { countryName } from '../structure/attribute-types.ts';
import type { Signed } from '../structure/signed.ts';

export const countryNameForm: Lint<Signed> = {
  name: 'country-name-form',
  citation: 'RFC 5280 Appendix A.1, X.520 §6.3.1',
  requirement: 'countryName is the two letters of ISO 3166-1',
  check({ names }) {
    for (const name of names) {
      for (const { type, content } of name.attributes) {
        if (type === countryName && !isAlpha2(content)) {
          return `countryName in ${name.field} is not two letters`;
        }
      }
    }
    return undefined;
  },
};

function isAlpha2(content: Uint8Array): boolean {
  return content.length === 2 && content.every((octet) => (octet | 0x20) >= 0x61 && (octet | 0x20) <= 0x7a);
}
