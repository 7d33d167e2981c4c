/** RFC 5280 §4.2: at most one instance of a particular extension. */
import type { Lint } from '../lint.ts';
import type { SignedFrame } from '../structure/signed.ts';

export const extensionsDistinct: Lint<Pick<SignedFrame, 'extensions'>> = {
  name: 'extensions-distinct',
  citation: 'RFC 5280 §4.2, §5.2',
  requirement: 'There MUST NOT be more than one instance of a particular extension',
  check({ extensions: { list } }) {
    for (let index = 1; index < list.length; index++) {
      const extnID = list[index]?.extnID;
      for (let earlier = 0; earlier < index; earlier++) {
        if (list[earlier]?.extnID === extnID) return `the extension ${extnID} is there twice`;
      }
    }
    return undefined;
  },
};
