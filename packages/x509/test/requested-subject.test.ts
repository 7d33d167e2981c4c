/** The subject of what begins as a certification request, and nothing of what is larger than a subject is. */
import { expect, it } from '@jest/globals';
import { der } from '@touchmark/asn1';
import { encodeName, findRequestedSubject, formatName } from '../src/index.ts';
import type { NameAttribute } from '../src/index.ts';

const organizationalUnits = (count: number): Uint8Array =>
  encodeName(Array.from({ length: count }, (): NameAttribute => ({ attribute: 'organizationalUnitName', value: 'u' })));
/** One attribute of any length: its type and an OCTET STRING. */
const nameOf = (octets: number): Uint8Array =>
  der.sequence(der.set(der.sequence(der.oid('2.5.4.11'), der.octetString(new Uint8Array(octets)))));
const beginning = (nameDer: Uint8Array): Uint8Array => der.sequence(der.sequence(der.integer(0), nameDer));

it('is found where the rest of the request is missing', () => {
  const found = findRequestedSubject(beginning(encodeName([{ attribute: 'commonName', value: 'pump-1' }])));
  expect(found && formatName(found)).toBe('CN=pump-1');
});

it('has up to 64 relative distinguished names', () => {
  expect(findRequestedSubject(beginning(organizationalUnits(64)))?.rdns).toHaveLength(64);
  expect(findRequestedSubject(beginning(organizationalUnits(65)))).toBeUndefined();
});

it('has up to 16 KiB', () => {
  const overhead = nameOf(16_000).length - 16_000;
  const largest = nameOf(16_384 - overhead);
  expect(largest).toHaveLength(16_384);
  expect(findRequestedSubject(beginning(largest))?.der).toEqual(largest);
  expect(findRequestedSubject(beginning(nameOf(16_385 - overhead)))).toBeUndefined();
});

it('is none of what is cut off or something else', () => {
  const whole = beginning(organizationalUnits(3));
  for (let length = 0; length < whole.length; length++) {
    expect(findRequestedSubject(whole.subarray(0, length))).toBeUndefined();
  }
  expect(findRequestedSubject(der.sequence(der.integer(0)))).toBeUndefined();
});
