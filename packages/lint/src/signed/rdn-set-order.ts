/** X.690 §11.6: the elements of a SET OF are in ascending order of their encodings. */
import { compareBytes, DerReader } from '@touchmark/asn1';
import type { Lint } from '../lint.ts';
import type { Signed } from '../structure/signed.ts';

export const rdnSetOrder: Lint<Signed> = {
  name: 'rdn-set-order',
  citation: 'X.690 §11.6, RFC 5280 §4.1',
  requirement: 'The attributes of a relative distinguished name are sorted by their encoding',
  check({ names }) {
    for (const name of names) {
      for (const { attributes, content } of name.rdns) {
        if (attributes.length > 1 && !isSorted(content)) return `${name.field} has an unsorted RDN`;
      }
    }
    return undefined;
  },
};

function isSorted(setContent: Uint8Array): boolean {
  const set = new DerReader(setContent);
  let previous = set.element();
  while (!set.done) {
    const next = set.element();
    if (compareBytes(previous, next) > 0) return false;
    previous = next;
  }
  return true;
}
