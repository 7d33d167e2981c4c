export { authorizeSocket } from './authorize-socket.ts';
export type { Authorization, AuthorizeOptions, RefusalCode } from './authorize-socket.ts';
export { deviceIdOfCommonName } from './device.ts';
export type { Device, DeviceCertificate, DeviceIdOf } from './device.ts';
export { EstClient } from './est-client.ts';
export type {
  CaCerts,
  EnrollOutcome,
  EnrollRequest,
  EstClientOptions,
  EstCredentials,
  EstTrust,
  ReenrollRequest,
} from './est-client.ts';
export { EstError } from './est-error.ts';
export type { EstErrorCode } from './est-error.ts';
export { needsRenewal, renewalTimeOf } from './renewal.ts';
export type { RenewalOptions } from './renewal.ts';
export { requireDevice } from './require-device.ts';
export type { DeviceMiddleware, DeviceRequest } from './require-device.ts';
export { createRevocationChecker } from './revocation-checker.ts';
export type { RevocationCheckerOptions } from './revocation-checker.ts';
export type { RevocationChecker, RevocationVerdict, StaleEvent } from './revocation-verdict.ts';
export type { ScepTrust } from './scep/authority.ts';
export { caCapabilities, supports } from './scep/ca-capabilities.ts';
export type { AlgorithmOptions, CaCapability, CaCaps } from './scep/ca-capabilities.ts';
export { failInfoMeanings } from './scep/cert-rep.ts';
export type { FailInfo } from './scep/cert-rep.ts';
export { ScepClient } from './scep/scep-client.ts';
export type {
  PendingTransaction,
  ScepCaCertificates,
  ScepClientOptions,
  ScepEnrollRequest,
  ScepIdentity,
  ScepOutcome,
  ScepRenewRequest,
} from './scep/scep-client.ts';
export { ScepEndpoint } from './scep/scep-endpoint.ts';
export type { ScepEndpointOptions } from './scep/scep-endpoint.ts';
export { ScepError } from './scep/scep-error.ts';
export type { ScepErrorCode } from './scep/scep-error.ts';
export { createSeenReporter } from './seen-reporter.ts';
export type { SeenReporter, SeenReporterOptions } from './seen-reporter.ts';
export { serverTlsOptions } from './server-tls-options.ts';
export type { ServerTlsInput } from './server-tls-options.ts';
