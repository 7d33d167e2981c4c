/** Host names: the preferred name syntax of RFC 1034 §3.5 as modified by RFC 1123 §2.1. */

const longestName = 253;
const longestLabel = 63;

/** What is wrong, to follow "a name that …"; undefined when nothing is. One pass: this runs for every certificate. */
export function hostNameProblem(text: string): string | undefined {
  if (text === '') return 'is empty';
  if (text.length > longestName) return `is longer than ${longestName} characters`;
  let start = 0;
  for (let at = 0; at <= text.length; at++) {
    const isEnd = at === text.length || text.charCodeAt(at) === 0x2e;
    if (!isEnd) {
      if (isLetterOrDigit(text.charCodeAt(at)) || (text.charCodeAt(at) === 0x2d && at > start)) continue;
      return 'has a label that is not letters, digits and inner hyphens';
    }
    if (at === start) return 'has an empty label';
    if (at - start > longestLabel) return `has a label of more than ${longestLabel} characters`;
    if (text.charCodeAt(at - 1) === 0x2d) return 'has a label that is not letters, digits and inner hyphens';
    start = at + 1;
  }
  return undefined;
}

function isLetterOrDigit(code: number): boolean {
  return (code >= 0x30 && code <= 0x39) || (code >= 0x61 && code <= 0x7a) || (code >= 0x41 && code <= 0x5a);
}
