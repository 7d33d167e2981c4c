/** RFC 5280 §4.1.2.5.1: UTCTime has seconds and ends in Z. */
import type { Lint } from '../lint.ts';
import type { Signed } from '../structure/signed.ts';

export const utcTimeForm: Lint<Pick<Signed, 'times'>> = {
  name: 'utc-time-form',
  citation: 'RFC 5280 §4.1.2.5.1, §5.1.2.4',
  requirement: 'UTCTime values MUST be YYMMDDHHMMSSZ, also where the seconds are zero',
  check({ times }) {
    for (const time of times) {
      if (time.form === 'utcTime' && time.epochMilliseconds === undefined) {
        return `${time.field} is the UTCTime "${time.text}", which has not the form YYMMDDHHMMSSZ`;
      }
    }
    return undefined;
  },
};
