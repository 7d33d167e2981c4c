/** What is asked of the service to make and change authorities and enrollment endpoints; the contract is that of ports.ts. */
import type { Authority, AuthoritySettings, EnrollmentEndpoint, MessageUsage } from '@touchmark/ca';
import type { KeyAlgorithmName, SignatureAlgorithmName } from '@touchmark/crypto';
import type { NameAttribute, NameConstraints } from '@touchmark/x509';
import type { Act } from './ports.ts';

export interface NewAuthorityRequest {
  readonly name: string;
  /** Id or name; undefined: a root. */
  readonly issuer: string | undefined;
  readonly subject: readonly NameAttribute[];
  readonly keyAlgorithm: KeyAlgorithmName;
  /** Undefined: the one of the key's kind and size. */
  readonly signatureAlgorithm: SignatureAlgorithmName | undefined;
  /** A `pkcs11:` URI, or what the key store takes for one; undefined: a new key in software. */
  readonly keyId: string | undefined;
  /** Undefined: 20 years for a root, 10 for others, and never longer than the issuer. */
  readonly validitySeconds: number | undefined;
  /** Undefined: no constraint. */
  readonly pathLength: number | undefined;
  readonly nameConstraints: NameConstraints | undefined;
  /** Beside keyCertSign and cRLSign. */
  readonly messageUsages: readonly MessageUsage[];
  /** What is not given has its default. */
  readonly settings: AuthorityChanges;
}

/** Undefined: as it is. */
export type AuthorityChanges = {
  readonly [Setting in keyof AuthoritySettings]: AuthoritySettings[Setting] | undefined;
};

export interface NewEndpointRequest {
  readonly label: string;
  readonly protocol: EnrollmentEndpoint['protocol'];
  /** Id or name. */
  readonly authority: string;
  readonly profileName: string;
  readonly acceptsSecret: boolean;
  readonly acceptsCertificate: boolean;
  readonly approval: EnrollmentEndpoint['approval'];
  readonly acceptsAnyone: boolean;
  /** Of the protocol; what it cannot read is `invalidArgument`. */
  readonly settings: Readonly<Record<string, unknown>>;
}

/** Undefined: as it is. */
export interface EndpointChangesRequest {
  readonly authority?: string | undefined;
  readonly profileName?: string | undefined;
  readonly acceptsSecret?: boolean | undefined;
  readonly acceptsCertificate?: boolean | undefined;
  readonly approval?: EnrollmentEndpoint['approval'] | undefined;
  readonly acceptsAnyone?: boolean | undefined;
  /** Whole, in the place of those there are. */
  readonly settings?: Readonly<Record<string, unknown>> | undefined;
  readonly enabled?: boolean | undefined;
}

export interface AuthorityServices {
  /**
   * When it resolves the authority can issue, on this node at once and on all others within a second; its first CRL follows.
   * A name that is taken is `conflict`. Repeated after a failure it goes on where it stopped.
   */
  createAuthority(request: NewAuthorityRequest, act: Act): Promise<Authority>;
  /** `conflict` when it is not at that revision any more; without one it is changed whoever changed it before. */
  setAuthority(
    idOrName: string,
    changes: AuthorityChanges,
    seenRevision: number | undefined,
    act: Act,
  ): Promise<Authority>;
  createEndpoint(request: NewEndpointRequest, act: Act): Promise<EnrollmentEndpoint>;
  setEndpoint(
    label: string,
    changes: EndpointChangesRequest,
    seenRevision: number | undefined,
    act: Act,
  ): Promise<EnrollmentEndpoint>;
}
