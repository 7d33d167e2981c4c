/**
 * Every refusal of the table, provoked for real: by a request made for it, through the issuance cycle or a parser of the
 * service. A code of the table that nothing provokes fails the test.
 */
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from '@jest/globals';
import { refusalCodes, refusals } from '@touchmark/ca';
import type { CaErrorCode } from '@touchmark/ca';
import { refusalOf } from './refusal-cases/case.ts';
import { challengeCases } from './refusal-cases/challenges.ts';
import { callerCases, deviceCases, profileCases, serviceCases } from './refusal-cases/circumstances.ts';
import { keyCases } from './refusal-cases/keys.ts';
import { extensionCases, nameCases } from './refusal-cases/names.ts';
import { requestCases } from './refusal-cases/requests.ts';

const cases = {
  'the request': requestCases,
  'the key': keyCases,
  'who asks': callerCases,
  'the challenge': challengeCases,
  'the device': deviceCases,
  names: nameCases,
  'requested extensions': extensionCases,
  'rules of the profile': profileCases,
  'the state of the service': serviceCases,
};

/** Needs a socket, a database or the REST interface: the test that provokes it. */
const provokedElsewhere: Partial<Readonly<Record<CaErrorCode, string>>> = {
  messageMalformed: 'packages/scep/test/pki-operation.test.ts',
  messageTypeUnknown: 'packages/scep/test/message-types.test.ts',
  messageSignatureInvalid: 'packages/scep/test/pki-operation.test.ts',
  messageAlgorithmNotAccepted: 'packages/scep/test/algorithms.test.ts',
  messageNotDecrypted: 'packages/scep/test/pki-operation.test.ts',
  signerKeyCannotDecrypt: 'packages/scep/test/algorithms.test.ts',
  requestTooLarge: 'test/system/refusals.test.ts',
  operationNotSupported: 'test/system/refusals.test.ts',
  notFound: 'test/system/refusals.test.ts',
  subjectAltNameKindNotAllowed: 'packages/ca/test/name-policy.test.ts',
  transactionUnknown: 'test/system/scep.test.ts',
  tooManyPending: 'test/system/pending-requests.test.ts',
  lintFailed: 'test/faults/signer-witness.test.ts',
  readTooLong: 'packages/store/test/brief-read.test.ts',
  overloaded: 'packages/est/test/handler.test.ts',
  notAuthenticated: 'packages/admin-api/test/access.test.ts',
  profileInvalid: 'packages/ca/test/check-profile.test.ts',
  conflict: 'packages/store/test/admin.test.ts',
  invalidArgument: 'packages/admin-api/test/bad-input.test.ts',
  alreadyRevoked: 'packages/store/test/revocation.test.ts',
  certificateNotHeld: 'test/system/revocation.test.ts',
  profileInUse: 'test/system/administration.test.ts',
  requestNotKept: 'test/system/administration.test.ts',
};

describe.each(Object.entries(cases))('%s', (_, rows) => {
  it.each(rows)('$code: $name', async (row) => {
    const refusal = await refusalOf(row);
    expect(refusal.code).toBe(row.code);
    expect(refusal.message).toMatch(row.says);
    // what, why, how: sentences, in characters that a terminal shows, and short enough for one
    expect(refusal.message).toMatch(/^[A-Z"0-9].{20,}[.!?]$/);
    expect(refusal.message).not.toMatch(/[\p{Cc}\u202a-\u202e\u2066-\u2069]/u);
    expect(refusal.message.length).toBeLessThan(700);
  });
});

describe('the table', () => {
  const provoked = new Set(Object.values(cases).flatMap((rows) => rows.map(({ code }) => code)));

  it('has no code that nothing provokes: add a case, or the file of the test that provokes it', () => {
    expect(refusalCodes.filter((code) => !provoked.has(code) && provokedElsewhere[code] === undefined)).toEqual([]);
  });

  it.each(Object.entries(provokedElsewhere))('%s is in %s', (code, file) => {
    expect(provoked.has(code as CaErrorCode)).toBe(false);
    expect(readFileSync(join(import.meta.dirname, '../..', file), 'utf8')).toMatch(new RegExp(`\\b${code}\\b`));
  });

  it('has 120 refusals at least', () => {
    expect(provoked.size).toBeGreaterThanOrEqual(120);
    expect(Object.keys(refusals).length).toBeGreaterThanOrEqual(provoked.size);
  });
});
