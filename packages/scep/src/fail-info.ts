/** failInfo (RFC 8894 §3.2.1.4): which of its five every refusal of the domain is. */
import { refusals } from '@touchmark/ca';
import type { CaErrorCode, RefusalCategory } from '@touchmark/ca';

export const failInfos = {
  badAlg: '0',
  badMessageCheck: '1',
  badRequest: '2',
  badTime: '3',
  badCertId: '4',
} as const;

export type FailInfo = keyof typeof failInfos;

/** badRequest is "not permitted or supported": whatever is not said better by another. */
const failInfoOfCategory: Readonly<Record<RefusalCategory, FailInfo>> = {
  request: 'badRequest',
  size: 'badRequest',
  policy: 'badRequest',
  credentialsWanted: 'badRequest',
  credentialsUseless: 'badRequest',
  caller: 'badRequest',
  unknown: 'badCertId',
  state: 'badRequest',
  argument: 'badRequest',
  unsupported: 'badRequest',
  unavailable: 'badRequest',
  fault: 'badRequest',
};

const exceptions: Partial<Readonly<Record<CaErrorCode, FailInfo>>> = {
  messageAlgorithmNotAccepted: 'badAlg',
  signerKeyCannotDecrypt: 'badAlg',
  signatureAlgorithmUnknown: 'badAlg',
  signatureAlgorithmWeak: 'badAlg',
  signatureAlgorithmParametersInvalid: 'badAlg',
  signatureAlgorithmForAnotherKey: 'badAlg',
  keyParametersInvalid: 'badAlg',
  keyAlgorithmUnknown: 'badAlg',
  keyAlgorithmCannotSign: 'badAlg',
  keyAlgorithmWithdrawn: 'badAlg',
  keyAlgorithmNotAllowed: 'badAlg',
  keyRestrictedToPss: 'badAlg',
  keyTooSmall: 'badAlg',
  keyTooLarge: 'badAlg',
  keyExponentNotAllowed: 'badAlg',
  keyCurveNotAllowed: 'badAlg',
  keyCurveExplicit: 'badAlg',
  keyCurveMissing: 'badAlg',
  messageSignatureInvalid: 'badMessageCheck',
  messageNotDecrypted: 'badMessageCheck',
  // Of the certificate that signed: the RFC has badTime for the signingTime alone, which nobody looks at any more.
  certificateExpired: 'badTime',
  certificateNotYetValid: 'badTime',
  certificateUnknown: 'badCertId',
};

export function failInfoOf(code: CaErrorCode): FailInfo {
  return exceptions[code] ?? failInfoOfCategory[refusals[code].category];
}
