/** The tables hold every lint there is a file of, once, with what a finding needs. */
import { readdirSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from '@jest/globals';
import { certificateLints, crlEntryLints, crlLints } from '@touchmark/lint';

const filesIn = (...folders: readonly string[]): string[] =>
  folders
    .flatMap((folder) => readdirSync(join(import.meta.dirname, '../src', folder)))
    .map((file) => file.replace(/\.ts$/, ''))
    .sort();
const namesOf = (lints: readonly { readonly name: string }[]): string[] => lints.map(({ name }) => name).sort();

describe('the tables', () => {
  it('list each file of signed and certificate as a certificate lint', () => {
    expect(namesOf(certificateLints)).toEqual(filesIn('signed', 'certificate'));
  });

  it('list each file of signed and crl as a CRL lint', () => {
    expect(namesOf(crlLints)).toEqual(filesIn('signed', 'crl'));
  });

  it('list each file of crl-entry as an entry lint', () => {
    expect(namesOf(crlEntryLints)).toEqual(expect.arrayContaining(filesIn('crl-entry')));
  });

  it.each([...certificateLints, ...crlLints, ...crlEntryLints])(
    '$name cites its source',
    ({ citation, requirement }) => {
      expect(citation).toMatch(/^(?:RFC \d+|X\.\d+) (?:§|Appendix )/);
      expect(requirement.length).toBeGreaterThan(20);
    },
  );
});
