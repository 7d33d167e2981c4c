/** RFC 5280 §4.1.2.5.2: GeneralizedTime has seconds, no fraction, and ends in Z. */
import type { Lint } from '../lint.ts';
import type { Signed } from '../structure/signed.ts';

export const generalizedTimeForm: Lint<Pick<Signed, 'times'>> = {
  name: 'generalized-time-form',
  citation: 'RFC 5280 §4.1.2.5.2, §5.1.2.4',
  requirement: 'GeneralizedTime values MUST be YYYYMMDDHHMMSSZ, without fractional seconds',
  check({ times }) {
    for (const time of times) {
      if (time.form === 'generalTime' && time.epochMilliseconds === undefined) {
        return `${time.field} is the GeneralizedTime "${time.text}", which has not the form YYYYMMDDHHMMSSZ`;
      }
    }
    return undefined;
  },
};
