/** What tests build with: clock, keys, authority, requests, signer witness. */
export { buildCertificationRequest } from './certification-request.ts';
export type { TestRequest, TestRequestFields } from './certification-request.ts';
export { debianWeakModulus } from './debian-weak-key.ts';
export type { DebianProcess } from './debian-weak-key.ts';
export { frozenClock } from './frozen-clock.ts';
export type { FrozenClock } from './frozen-clock.ts';
export { readWitness, witnessedUseOf, witnessSigner } from './signer-witness.ts';
export type { WitnessedUse } from './signer-witness.ts';
export { createTestAuthority } from './test-authority.ts';
export type { TestAuthority, TestAuthorityOptions, TestCa, TestLeaf } from './test-authority.ts';
export { testSerialNumber } from './test-certificate.ts';
export type { TestCertificateFields, TestLeafFields } from './test-certificate.ts';
export { testKeyPair } from './test-key-pair.ts';
