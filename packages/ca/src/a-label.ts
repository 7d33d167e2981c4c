/** A-labels: what stands in DNS for a label beyond ASCII (RFC 5890, RFC 5891; Punycode of RFC 3492). */
import { domainToASCII } from 'node:url';

export type ALabelFault =
  /** Not Punycode, or not the Punycode of what it decodes to. */
  | 'notPunycode'
  /** Characters, or an order of characters, that IDNA2008 does not have. */
  | 'notAllowed';

/** @param label in lower case, beginning with "xn--" */
export function findALabelFault(label: string): ALabelFault | undefined {
  const unicode = decodePunycode(label.slice('xn--'.length));
  if (unicode === undefined || /^[\x00-\x7f]*$/.test(unicode)) return 'notPunycode';
  if (!letterDigits.test(unicode) || unicode.normalize('NFC') !== unicode || /^\p{M}/u.test(unicode))
    return 'notAllowed';
  // RFC 5892 §2.2: a character that changes when it is compared without case is not a stable one.
  if (unicode.normalize('NFKC').toLowerCase().normalize('NFKC') !== unicode) return 'notAllowed';
  // UTS 46 for the rest: hyphens, joiners, the Bidi rule; and one encoding for each label.
  const encoded = domainToASCII(unicode);
  if (encoded === '') return 'notAllowed';
  return encoded === label ? undefined : 'notPunycode';
}

/** RFC 5892 §2.1 LetterDigits, LDH, and the exceptions and joiners that depend on their neighbours (§2.6, §A). */
const letterDigits =
  /^[\p{Ll}\p{Lo}\p{Lm}\p{Mn}\p{Mc}\p{Nd}a-z0-9\u00b7\u0375\u05f3\u05f4\u06fd\u06fe\u0f0b\u3007\u30fb\u200c\u200d-]+$/u;

const base = 36;
const tMin = 1;
const tMax = 26;
const skew = 38;
const damp = 700;

/** RFC 3492 §6.2; undefined where it fails. */
function decodePunycode(encoded: string): string | undefined {
  const delimiter = encoded.lastIndexOf('-');
  const output = Array.from(encoded.slice(0, Math.max(0, delimiter)), (character) => character.codePointAt(0) ?? 0);
  let n = 128;
  let i = 0;
  let bias = 72;
  let at = delimiter > 0 ? delimiter + 1 : 0;
  while (at < encoded.length) {
    const before = i;
    let weight = 1;
    for (let k = base; ; k += base) {
      const digit = digitOf(encoded.charCodeAt(at++));
      if (digit === undefined) return undefined;
      i += digit * weight;
      // A label has 63 octets at most: what grows beyond this is no label.
      if (i > 0x7fffffff) return undefined;
      const threshold = k <= bias ? tMin : Math.min(k - bias, tMax);
      if (digit < threshold) break;
      weight *= base - threshold;
    }
    const count = output.length + 1;
    bias = adapt(i - before, count, before === 0);
    n += Math.floor(i / count);
    i %= count;
    if (n > 0x10ffff || (n >= 0xd800 && n <= 0xdfff)) return undefined;
    output.splice(i++, 0, n);
  }
  return output.length === 0 ? undefined : String.fromCodePoint(...output);
}

function digitOf(code: number): number | undefined {
  if (code >= 0x61 && code <= 0x7a) return code - 0x61;
  if (code >= 0x30 && code <= 0x39) return code - 0x30 + 26;
  return undefined;
}

/** RFC 3492 §6.1 */
function adapt(delta: number, count: number, first: boolean): number {
  let rest = Math.floor(delta / (first ? damp : 2));
  rest += Math.floor(rest / count);
  let k = 0;
  for (; rest > ((base - tMin) * tMax) / 2; k += base) rest = Math.floor(rest / (base - tMin));
  return k + Math.floor(((base - tMin + 1) * rest) / (rest + skew));
}
