/** RFC 8894 §3.2.1.4: every refusal of the domain has a failInfo. */
import { describe, expect, it } from '@jest/globals';
import { refusalCodes } from '@touchmark/ca';
import { failInfoOf } from '../src/index.ts';

describe('failInfo', () => {
  it.each(refusalCodes)('%s has one', (code) => {
    expect(['badAlg', 'badMessageCheck', 'badRequest', 'badTime', 'badCertId']).toContain(failInfoOf(code));
  });

  it.each([
    ['messageAlgorithmNotAccepted', 'badAlg'],
    ['signerKeyCannotDecrypt', 'badAlg'],
    ['signatureAlgorithmWeak', 'badAlg'],
    ['keyTooSmall', 'badAlg'],
    ['messageSignatureInvalid', 'badMessageCheck'],
    ['messageNotDecrypted', 'badMessageCheck'],
    ['messageTypeUnknown', 'badRequest'],
    ['proofOfPossessionFailed', 'badRequest'],
    ['challengeWrong', 'badRequest'],
    ['secretSpent', 'badRequest'],
    ['requestRejected', 'badRequest'],
    ['registryUnavailable', 'badRequest'],
    ['internal', 'badRequest'],
    ['certificateExpired', 'badTime'],
    ['certificateNotYetValid', 'badTime'],
    ['certificateUnknown', 'badCertId'],
    ['transactionUnknown', 'badCertId'],
    ['notFound', 'badCertId'],
  ] as const)('%s is %s', (code, failInfo) => {
    expect(failInfoOf(code)).toBe(failInfo);
  });
});
