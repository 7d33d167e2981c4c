/** RFC 5280 §7.1 with RFC 4518 §2.2: characters that comparison drops make two different names equal. */
import type { Lint } from '../lint.ts';
import { textOf } from '../structure/name.ts';
import type { Signed } from '../structure/signed.ts';

/** Controls, soft hyphen, zero-width and bidi controls, variation selectors, replacement and byte order mark. */
const ignored =
  /[\u0000-\u001f\u007f-\u009f\u00ad\u034f\u061c\u115f\u1160\u180b-\u180e\u200b-\u200f\u2028-\u202e\u2060-\u206f\ufe00-\ufe0f\ufeff\ufff9-\ufffc]/u;

export const nameNoIgnoredCharacters: Lint<Signed> = {
  name: 'name-no-ignored-characters',
  citation: 'RFC 5280 §7.1, RFC 4518 §2.2',
  requirement: 'Names have no control, zero-width or direction characters, which string preparation maps to nothing',
  check({ names }) {
    for (const name of names) {
      for (const attribute of name.attributes) {
        if (isVisibleAscii(attribute.content)) continue;
        const found = ignored.exec(textOf(attribute) ?? '')?.[0];
        if (found !== undefined) {
          return `${name.field} has the invisible character U+${found.charCodeAt(0).toString(16).padStart(4, '0').toUpperCase()}`;
        }
      }
    }
    return undefined;
  },
};

function isVisibleAscii(content: Uint8Array): boolean {
  for (const octet of content) if (octet < 0x20 || octet > 0x7e) return false;
  return true;
}
