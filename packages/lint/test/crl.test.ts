/** Every requirement on a CRL and its entries, kept and broken. */
import { describe, expect, it } from '@jest/globals';
import { der } from '@touchmark/asn1';
import { certificateLints, crlEntryLints, crlLints, lintCrlEntry, lintTbsCertList } from '@touchmark/lint';
import { crlCases } from './cases/crl.ts';
import { crlEntryCases } from './cases/crl-entries.ts';
import { extension, name } from './support/parts.ts';
import { deltaCrl, entryOf, entryWithSerial, fullCrl, includingInCrl, tbsCertList } from './support/tbs-cert-list.ts';
import { rowsOf } from './support/verdict.ts';

const certificateLintNames = new Set(certificateLints.map((lint) => lint.name));
const linesOf = (lints: readonly { lint: string }[]): string[] => lints.map(({ lint }) => lint);

describe('lintTbsCertList', () => {
  it.each([
    ['a full CRL', tbsCertList(fullCrl)],
    ['a delta CRL', tbsCertList(deltaCrl)],
    ['a CRL without entries', tbsCertList(fullCrl, { entries: undefined })],
  ])('finds nothing in %s', (_name, bytes) => {
    expect(lintTbsCertList(bytes)).toEqual([]);
  });

  it('has a broken and a kept structure for every lint that is not tried on certificates', () => {
    const ofCrls = crlLints.map((lint) => lint.name).filter((lint) => !certificateLintNames.has(lint));
    expect(Object.keys(crlCases).sort()).toEqual(ofCrls.sort());
    expect(Object.keys(crlEntryCases).sort()).toEqual(crlEntryLints.map((lint) => lint.name).sort());
  });

  it('runs what certificates and CRLs share', () => {
    expect(linesOf(lintTbsCertList(tbsCertList(fullCrl, { issuer: name() })))).toEqual(['issuer-not-empty']);
    const twice = { ...fullCrl, extensions: [...(fullCrl.extensions ?? []), extension('2.5.29.20', der.integer(42))] };
    expect(linesOf(lintTbsCertList(tbsCertList(twice)))).toEqual(['extensions-distinct']);
  });

  it('names the first entry that breaks a requirement, once per requirement', () => {
    const bad = (serial: number): Uint8Array =>
      entryOf({ serialNumber: der.integer(serial), extensions: [extension('2.5.29.21', der.enumerated(0))] });
    const findings = lintTbsCertList(
      tbsCertList(fullCrl, { entries: [entryWithSerial('01'), bad(2), bad(3), entryWithSerial('04')] }),
    );
    expect(linesOf(findings)).toEqual(['reason-code-not-unspecified']);
    expect(findings[0]?.message).toMatch(/serial number 02/);
  });

  it('leaves linted entries alone when told so', () => {
    const bytes = tbsCertList(fullCrl, { entries: [entryWithSerial('01'), entryWithSerial('01')] });
    expect(lintTbsCertList(bytes, { entriesAreLinted: true })).toEqual([]);
    const withoutNumber = includingInCrl(fullCrl, extension('2.5.29.20', der.integer(-1)));
    expect(linesOf(lintTbsCertList(tbsCertList(withoutNumber), { entriesAreLinted: true }))).toEqual([
      'crl-number-length',
    ]);
  });
});

describe('lintCrlEntry', () => {
  it('finds nothing in a good entry', () => {
    expect(lintCrlEntry(entryOf())).toEqual([]);
  });

  it('finds what it would find in a full CRL', () => {
    const removed = entryOf({ extensions: [extension('2.5.29.21', der.enumerated(8))] });
    expect(linesOf(lintCrlEntry(removed))).toEqual(['reason-code-defined']);
  });

  it('takes octets behind the entry for a finding', () => {
    expect(linesOf(lintCrlEntry(Uint8Array.from([...entryOf(), 5, 0])))).toEqual(['not-der']);
  });
});

describe.each([
  ['CRL', crlCases, crlLints],
  ['entry', crlEntryCases, crlEntryLints],
] as const)('%s requirements', (_subject, cases, lints) => {
  it.each(rowsOf(cases, 'fails'))('%s finds %s', (lint, _structure, bytes) => {
    const findings = lintTbsCertList(bytes);
    expect(linesOf(findings)).toEqual([lint]);
    expect(findings[0]?.citation).toBe(lints.find((candidate) => candidate.name === lint)?.citation);
  });

  it.each(rowsOf(cases, 'passes'))('%s accepts %s', (_lint, _structure, bytes) => {
    expect(lintTbsCertList(bytes)).toEqual([]);
  });
});
