/** UTCTime and GeneralizedTime in the forms of RFC 5280 §4.1.2.5: seconds always, "Z" always, no fractions. */
import { Asn1Error } from './errors.ts';

/** Reads the digits of YYMMDDHHMMSSZ (13 octets) or YYYYMMDDHHMMSSZ (15 octets) between `start` and `end`. */
export function parseTime(bytes: Uint8Array, start: number, end: number, yearDigits: 2 | 4): Date {
  const length = end - start;
  if (length !== yearDigits + 11 || bytes[end - 1] !== 0x5a) {
    throw new Asn1Error(
      `a time must have the form ${yearDigits === 2 ? 'YY' : 'YYYY'}MMDDHHMMSSZ (RFC 5280 §4.1.2.5)`,
      start,
    );
  }
  const digits = (at: number): number => {
    const tens = (bytes[at] ?? 0) - 0x30;
    const units = (bytes[at + 1] ?? 0) - 0x30;
    if (tens < 0 || tens > 9 || units < 0 || units > 9)
      throw new Asn1Error('a time has other characters than digits', at);
    return tens * 10 + units;
  };
  let at = start;
  let year = digits(at);
  at += 2;
  if (yearDigits === 4) {
    year = year * 100 + digits(at);
    at += 2;
  } else {
    // RFC 5280 §4.1.2.5.1: YY of 50 and more is 19YY.
    year += year >= 50 ? 1900 : 2000;
  }
  const month = digits(at);
  const day = digits(at + 2);
  const hours = digits(at + 4);
  const minutes = digits(at + 6);
  const seconds = digits(at + 8);
  const date = new Date(Date.UTC(year, month - 1, day, hours, minutes, seconds));
  // Date.UTC carries over what is too large, and takes years below 100 for 19xx.
  const exact =
    date.getUTCFullYear() === year &&
    date.getUTCMonth() === month - 1 &&
    date.getUTCDate() === day &&
    hours < 24 &&
    minutes < 60 &&
    seconds < 60;
  if (!exact) throw new Asn1Error('a time is not a date of the calendar', start);
  return date;
}

/** Content octets; parts of a second are dropped. Throws RangeError for what the form cannot say. */
export function encodeTime(date: Date, yearDigits: 2 | 4): Uint8Array {
  const year = date.getUTCFullYear();
  if (Number.isNaN(year)) throw new RangeError('the date is invalid');
  if (yearDigits === 2 && !fitsUtcTime(date)) throw new RangeError(`UTCTime cannot say the year ${year}`);
  if (year < 100 || year > 9999) throw new RangeError(`GeneralizedTime of RFC 5280 cannot say the year ${year}`);
  const content = new Uint8Array(yearDigits + 11);
  let at = 0;
  const put = (value: number): void => {
    content[at++] = 0x30 + Math.floor(value / 10);
    content[at++] = 0x30 + (value % 10);
  };
  if (yearDigits === 4) put(Math.floor(year / 100));
  put(year % 100);
  put(date.getUTCMonth() + 1);
  put(date.getUTCDate());
  put(date.getUTCHours());
  put(date.getUTCMinutes());
  put(date.getUTCSeconds());
  content[at] = 0x5a;
  return content;
}

/** RFC 5280 §4.1.2.5: dates through the year 2049 are UTCTime. */
export function fitsUtcTime(date: Date): boolean {
  const year = date.getUTCFullYear();
  return year >= 1950 && year <= 2049;
}
