/** CRLReason (RFC 5280 §5.3.1). */
export const crlReasonCodes = {
  unspecified: 0,
  keyCompromise: 1,
  cACompromise: 2,
  affiliationChanged: 3,
  superseded: 4,
  cessationOfOperation: 5,
  certificateHold: 6,
  removeFromCRL: 8,
  privilegeWithdrawn: 9,
  aACompromise: 10,
} as const;

export type CrlReason = keyof typeof crlReasonCodes;

const names = new Map(Object.entries(crlReasonCodes).map(([name, code]) => [code, name as CrlReason]));

export function findCrlReason(code: number): CrlReason | undefined {
  return names.get(code as (typeof crlReasonCodes)[CrlReason]);
}
