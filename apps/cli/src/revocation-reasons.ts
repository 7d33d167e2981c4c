/** RFC 5280 §5.3.1; a hold is not a revocation, and an authority is not revoked like this: each has its own command. */
export const revocationReasons = [
  'unspecified',
  'keyCompromise',
  'affiliationChanged',
  'superseded',
  'cessationOfOperation',
  'privilegeWithdrawn',
];
