/** Time ::= CHOICE { utcTime UTCTime, generalTime GeneralizedTime }, read by the forms that RFC 5280 §4.1.2.5 allows. */
import type { DerReader } from '@touchmark/asn1';
import { tag } from '@touchmark/asn1';
import { latin1 } from './text.ts';

export interface Time {
  /** The field it stands in, for messages. */
  readonly field: string;
  readonly form: 'utcTime' | 'generalTime';
  readonly text: string;
  /** Milliseconds since 1970; undefined when the text has not the form YYMMDDHHMMSSZ or YYYYMMDDHHMMSSZ, or is no date. */
  readonly epochMilliseconds: number | undefined;
}

export function readTime(reader: DerReader, field: string): Time {
  const identifier = reader.peek();
  if (identifier === tag.utcTime) return utcTime(latin1(reader.content(tag.utcTime)), field);
  if (identifier === tag.generalizedTime) return generalizedTime(latin1(reader.content(tag.generalizedTime)), field);
  throw reader.error('a Time is a UTCTime or a GeneralizedTime');
}

/** Whether the next element is a Time: nextUpdate of a CRL is optional. */
export function isTimeNext(reader: DerReader): boolean {
  const identifier = reader.peek();
  return identifier === tag.utcTime || identifier === tag.generalizedTime;
}

export function generalizedTime(text: string, field: string): Time {
  return { field, form: 'generalTime', text, epochMilliseconds: text.length === 15 ? epochOf(text, 4) : undefined };
}

function utcTime(text: string, field: string): Time {
  return { field, form: 'utcTime', text, epochMilliseconds: text.length === 13 ? epochOf(text, 2) : undefined };
}

function epochOf(text: string, yearDigits: 2 | 4): number | undefined {
  const written = number(text, 0, yearDigits);
  const year = yearDigits === 4 ? written : written + (written < 50 ? 2000 : 1900);
  const at = yearDigits;
  const month = number(text, at, 2);
  const day = number(text, at + 2, 2);
  const hour = number(text, at + 4, 2);
  const minute = number(text, at + 6, 2);
  const second = number(text, at + 8, 2);
  if (text.charCodeAt(at + 10) !== 0x5a) return undefined;
  if (!(hour < 24 && minute < 60 && second < 60 && month >= 1 && month <= 12)) return undefined;
  if (!(day >= 1 && day <= daysIn(year, month))) return undefined;
  // Date.UTC takes the years 0–99 for 1900–1999.
  return year < 100 ? undefined : Date.UTC(year, month - 1, day, hour, minute, second);
}

/** NaN when one of the characters is no digit. */
function number(text: string, at: number, digits: number): number {
  let value = 0;
  for (let index = at; index < at + digits; index++) {
    const digit = text.charCodeAt(index) - 0x30;
    if (!(digit >= 0 && digit <= 9)) return Number.NaN;
    value = value * 10 + digit;
  }
  return value;
}

function daysIn(year: number, month: number): number {
  if (month === 2) return year % 4 === 0 && (year % 100 !== 0 || year % 400 === 0) ? 29 : 28;
  return month === 4 || month === 6 || month === 9 || month === 11 ? 30 : 31;
}
