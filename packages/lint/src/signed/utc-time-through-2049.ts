/** RFC 5280 §4.1.2.5 and §5.1.2.4: dates through 2049 are UTCTime; later ones cannot be. */
import type { Lint } from '../lint.ts';
import type { Signed } from '../structure/signed.ts';

const firstOf2050 = Date.UTC(2050, 0, 1);

export const utcTimeThrough2049: Lint<Pick<Signed, 'times'>> = {
  name: 'utc-time-through-2049',
  citation: 'RFC 5280 §4.1.2.5, §5.1.2.4',
  requirement: 'Dates through the year 2049 MUST be encoded as UTCTime, dates in 2050 or later as GeneralizedTime',
  check({ times }) {
    for (const { field, form, text, epochMilliseconds } of times) {
      // A UTCTime means a year from 1950 to 2049 by definition.
      if (form === 'generalTime' && epochMilliseconds !== undefined && epochMilliseconds < firstOf2050) {
        return `${field} "${text}" is before 2050 and yet a GeneralizedTime`;
      }
    }
    return undefined;
  },
};
