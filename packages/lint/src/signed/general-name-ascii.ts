/** RFC 5280 §4.2.1.6 and §7: rfc822Name, dNSName and uniformResourceIdentifier are IA5String. */
import type { Lint } from '../lint.ts';
import { isIa5Name } from '../structure/general-name.ts';
import { isAscii } from '../structure/text.ts';
import type { Signed } from '../structure/signed.ts';

export const generalNameAscii: Lint<Signed> = {
  name: 'general-name-ascii',
  citation: 'RFC 5280 §4.2.1.6, §7',
  requirement: 'rfc822Name, dNSName and uniformResourceIdentifier hold ASCII only',
  check({ alternativeNames }) {
    for (const name of alternativeNames) {
      if (isIa5Name(name) && !isAscii(name.content)) return `an alternative name of kind ${name.kind} is not in ASCII`;
    }
    return undefined;
  },
};
