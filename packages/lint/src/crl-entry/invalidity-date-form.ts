/** RFC 5280 §5.3.2: invalidityDate is a GeneralizedTime in the form of §4.1.2.5.2. */
import type { Lint } from '../lint.ts';
import type { CrlEntryInList } from '../structure/tbs-cert-list.ts';

export const invalidityDateForm: Lint<CrlEntryInList> = {
  name: 'invalidity-date-form',
  citation: 'RFC 5280 §5.3.2, §4.1.2.5.2',
  requirement: 'GeneralizedTime values of invalidityDate MUST be YYYYMMDDHHMMSSZ',
  check({ extensions }) {
    const time = extensions.values.invalidityDate;
    return time !== undefined && time.epochMilliseconds === undefined
      ? `invalidityDate is "${time.text}", which has not the form YYYYMMDDHHMMSSZ`
      : undefined;
  },
};
