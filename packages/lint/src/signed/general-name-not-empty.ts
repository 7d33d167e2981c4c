/** RFC 5280 §4.2.1.6: alternative names are not blank. */
import type { Lint } from '../lint.ts';
import { isIa5Name } from '../structure/general-name.ts';
import type { Signed } from '../structure/signed.ts';

export const generalNameNotEmpty: Lint<Signed> = {
  name: 'general-name-not-empty',
  citation: 'RFC 5280 §4.2.1.6',
  requirement: 'CAs SHOULD NOT issue alternative names with empty GeneralName fields',
  check({ alternativeNames }) {
    for (const name of alternativeNames) {
      if (isIa5Name(name) ? name.text === '' : name.kind === 'directoryName' && name.name.attributes.length === 0) {
        return `an alternative name of kind ${name.kind} is empty`;
      }
    }
    return undefined;
  },
};
