export { createAdminApp } from './app.ts';
export type { AdminApiOptions, RequestEvent } from './exchange.ts';
export type * from './authority-services.ts';
export type * from './blocked-key-ports.ts';
export type * from './challenge-port.ts';
export type {
  DeviceChanges,
  DeviceDescription,
  DeviceServices,
  ImportedRow as ImportedDevice,
  NewDeviceRow,
} from './device-port.ts';
export type * from './explain-port.ts';
export type * from './mobile-config-port.ts';
export type * from './pending-port.ts';
export type * from './ports.ts';
export type * from './revocation-ports.ts';
export type * from './profile-port.ts';
export { Problem } from './problem.ts';
export { statusOfRefusal } from './refusal-status.ts';
export { permits, roleNames } from './roles.ts';
export type { Access, Principal, RankedRole, Role } from './roles.ts';
export type { Route } from './route.ts';
export { apiPrefix, openApiDocument, routes } from './route-table.ts';
export { Attempt, AttemptSummary } from './schemas/attempt.ts';
export { Authority } from './schemas/authority.ts';
export { BlockedKey, BlockedKeyDetails, BlockedKeys } from './schemas/blocked-key.ts';
export { ChallengeTest, ChangedChallenge, DerivedChallenges, SetChallengeBody } from './schemas/challenge.ts';
export { Certificate, IssuedAnswer } from './schemas/certificate.ts';
export { CreatedSetupToken, Credential, RevokedCredential } from './schemas/credential.ts';
export { Crl, RequestedCrl } from './schemas/crl.ts';
export { Device, ImportedRow, RetiredDevice, TimelineEntry } from './schemas/device.ts';
export { CreatedSecret, Endpoint, Secret } from './schemas/endpoint.ts';
export { formatGeneralName } from './schemas/general-name.ts';
export { Job, RevocationPreview } from './schemas/job.ts';
export { Key, RewrapBody, RewrappedKeys } from './schemas/key.ts';
export { MobileConfig, MobileConfigBody } from './schemas/mobile-config.ts';
export { ApprovedRequest, PendingRequest, PendingRequestSummary } from './schemas/pending-request.ts';
export { Explanation, Replay } from './schemas/explanation.ts';
export { Profile, ProfilePreview, ProfileVersion, ProfileVersionSummary, RuleChange } from './schemas/profile.ts';
export { Refusal, showRefusal } from './schemas/refusal.ts';
export { RevokedAnswer, Seen } from './schemas/revocation.ts';
export { SetupAnswer } from './schemas/setup.ts';
export { Status, WhoAmI } from './schemas/status.ts';
