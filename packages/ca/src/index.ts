export { askedNames } from './asked-names.ts';
export type { AskedNames } from './asked-names.ts';
export { AttemptLog } from './attempt-log.ts';
export { defaultSettings } from './authority-settings.ts';
export { BulkRevocation } from './bulk-revocation.ts';
export { Catalog } from './catalog.ts';
export { ApprovalService } from './approval-service.ts';
export type { Decider } from './approval-service.ts';
export type { CertificateSelection } from './certificate-selection.ts';
export { describeSelection } from './certificate-selection.ts';
export { statusOf } from './certificate-status.ts';
export { challengeMatches, deriveChallenge } from './derived-challenge.ts';
export type * from './dossier.ts';
export { DryRun } from './dry-run.ts';
export type {
  DryRunRegistry,
  EnrollmentQuestion,
  Explanation,
  GuardQuestion,
  IssuanceQuestion,
  PretendedCaller,
} from './dry-run.ts';
export type { Verdict } from './dry-run-log.ts';
export { EnrollmentService } from './enrollment.ts';
export type { EnrollmentDependencies } from './enrollment.ts';
export type {
  ChannelBinding,
  EarlyRefusal,
  EnrollmentCredentials,
  EnrollmentOutcome,
  EnrollmentRequest,
  PollRequest,
} from './enrollment-request.ts';
export { EndpointApproval, PrivateSettings, StoredChallenge, plainEndpoint } from './endpoint-settings.ts';
export { newEnrollmentSecret, secretIdOf } from './enrollment-secret.ts';
export type { NewEnrollmentSecret } from './enrollment-secret.ts';
export { CaError } from './errors.ts';
export { checkProfile, parseProfile } from './check-profile.ts';
export type { ProfileVerdict } from './check-profile.ts';
export { DeviceFields, DeviceRole, DeviceSegment } from './device-identity.ts';
export { checkAuthorityPlan, createAuthority, messageUsages } from './hierarchy.ts';
export type { AuthorityPlan, HierarchyActor, HierarchyDependencies, MessageUsage, NewAuthority } from './hierarchy.ts';
export { checkDeviceId } from './name-policy.ts';
export { refused } from './refused.ts';
export { newSerialNumber, shardOf, uuidV7 } from './ids.ts';
export { Issuance } from './issuance.ts';
export { authorityRetired, checkInUse, loadIssuer } from './issuer.ts';
export type { Issuer } from './issuer.ts';
export type * from './model.ts';
export { challengeKinds } from './model.ts';
export type * from './pending-request.ts';
export type { PathConstraints } from './path-constraints.ts';
export type * from './ports.ts';
export { compareToBeSigned } from './tbs-difference.ts';
export type { CertificateDifference } from './tbs-difference.ts';
export { CertificatePreparer } from './prepare.ts';
export { PrincipalIssuance } from './principal-issuance.ts';
export type { PrincipalOutcome, PrincipalRequest } from './principal-issuance.ts';
export { ProfileRules } from './profile.ts';
export type { Profile } from './profile.ts';
export { profileJsonSchema } from './profile/json-schema.ts';
export type { ProfileProblem } from './profile/profile-problem.ts';
export type { NameSources, RegisteredIdentity, RequestedNames } from './profile/name-sources.ts';
export { renewalTimes } from './renewal.ts';
export type { RenewalTimes } from './renewal.ts';
export { findObstacles } from './profile-obstacles.ts';
export { diffRules } from './profile-diff.ts';
export type { RuleChange } from './profile-diff.ts';
export type * from './profile-version.ts';
export { readyProfiles } from './ready-profiles.ts';
export type { Refusal, RefusalCategory } from './refusals/refusal.ts';
export { findRefusal, refusalCodes, refusals, refusalsByNoun } from './refusals/refusals.ts';
export type { CaErrorCode } from './refusals/refusals.ts';
export { registrationAuthoritySubject, responderSubject } from './responder-name.ts';
export { RevocationService, crlEntryOf, successorOf } from './revocation.ts';
export type { RevocationOutcome, RevokeRequest } from './revocation.ts';
export type * from './revocation-job.ts';
export { authorityRevocationReasons, isCompromise, revocationReasons } from './revocation-reasons.ts';
export { SigningGate } from './signing-gate.ts';
export { Succession } from './succession.ts';
export type { Sighting, SightingOutcome, SuccessionRegistry, SupersessionStep } from './succession.ts';
export { didYouMean, suggest } from './suggestion.ts';
export { statusUrls } from './status-urls.ts';
export type { StatusUrls } from './status-urls.ts';
