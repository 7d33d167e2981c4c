/** Every requirement on a certificate, kept and broken. */
import { describe, expect, it } from '@jest/globals';
import { certificateLints, lintTbsCertificate } from '@touchmark/lint';
import { alternativeNameCases } from './cases/alternative-names.ts';
import { identifierAndPointerCases } from './cases/identifiers-and-pointers.ts';
import { keyUsageCases } from './cases/key-usage.ts';
import { nameCases } from './cases/names.ts';
import { policyAndConstraintCases } from './cases/policies-and-constraints.ts';
import { publicKeyCases } from './cases/public-keys.ts';
import { signatureAlgorithmCases } from './cases/signature-algorithms.ts';
import { versionSerialValidityCases } from './cases/version-serial-validity.ts';
import { ca, leaf, responder, root, tbsCertificate } from './support/tbs-certificate.ts';
import { rowsOf, type LintCases } from './support/verdict.ts';

const cases: LintCases = {
  ...versionSerialValidityCases,
  ...signatureAlgorithmCases,
  ...nameCases,
  ...alternativeNameCases,
  ...keyUsageCases,
  ...identifierAndPointerCases,
  ...policyAndConstraintCases,
  ...publicKeyCases,
};

describe('lintTbsCertificate', () => {
  it.each([
    ['a device certificate', leaf],
    ['an issuing CA', ca],
    ['a root', root],
    ['an OCSP responder', responder],
  ])('finds nothing in %s', (_name, parts) => {
    expect(lintTbsCertificate(tbsCertificate(parts))).toEqual([]);
  });

  it('has a broken and a kept structure for every lint', () => {
    expect(Object.keys(cases).sort()).toEqual(certificateLints.map(({ name }) => name).sort());
    for (const { fails, passes } of Object.values(cases)) {
      expect(Object.keys(fails).length).toBeGreaterThan(0);
      expect(Object.keys(passes).length).toBeGreaterThan(0);
    }
  });
});

describe('a broken requirement is found by its own lint alone:', () => {
  it.each(rowsOf(cases, 'fails'))('%s finds %s', (lint, _structure, bytes) => {
    const findings = lintTbsCertificate(bytes);
    const expected = certificateLints.find(({ name }) => name === lint);
    const finding = findings.find((candidate) => candidate.lint === lint);
    expect(finding).toEqual({ lint, citation: expected?.citation, message: expect.stringMatching(/\S/) });
    const others = findings.map((candidate) => candidate.lint).filter((name) => name !== lint);
    expect(others.filter((name) => cases[lint]?.also?.includes(name) !== true)).toEqual([]);
  });
});

describe('a kept requirement gives no finding:', () => {
  it.each(rowsOf(cases, 'passes'))('%s accepts %s', (_lint, _structure, bytes) => {
    expect(lintTbsCertificate(bytes)).toEqual([]);
  });
});
