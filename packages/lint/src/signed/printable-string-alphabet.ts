/** X.680 §41.4: the characters of PrintableString. */
import { tag } from '@touchmark/asn1';
import type { Lint } from '../lint.ts';
import type { Signed } from '../structure/signed.ts';

const printable = new Uint8Array(256);
for (const character of "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789 '()+,-./:=?") {
  printable[character.charCodeAt(0)] = 1;
}

export const printableStringAlphabet: Lint<Signed> = {
  name: 'printable-string-alphabet',
  citation: 'RFC 5280 Appendix B, X.680 §41.4',
  requirement: "PrintableString holds letters, digits, space and '()+,-./:=? alone",
  check({ names }) {
    for (const name of names) {
      for (const { tag: identifier, content } of name.attributes) {
        if (identifier !== tag.printableString) continue;
        for (const octet of content) {
          if (printable[octet] === 0)
            return `${name.field} has a PrintableString with the octet 0x${octet.toString(16)}`;
        }
      }
    }
    return undefined;
  },
};
