/** What the administration interface needs for explaining decisions without taking them. The contract of `ports.ts` holds. */
import type { CertificateDifference, EnrollmentAttempt, Explanation } from '@touchmark/ca';
import type { ProfileCandidate } from './profile-port.ts';
import type { Act, CertificateReference, SubjectAltNameRequest } from './ports.ts';

/** Who is pretended to ask. */
export type ExplainedCaller =
  /** A device with a fresh secret that is bound to it. */
  | { readonly kind: 'device'; readonly deviceId: string }
  /** Whoever has a fresh secret that is bound to no device. */
  | { readonly kind: 'newDevice' }
  /** Whoever has this secret, as it is now. */
  | { readonly kind: 'secret'; readonly secretId: string }
  /** Whoever has the key of this certificate. */
  | { readonly kind: 'certificate'; readonly reference: CertificateReference }
  /** The principal who asks for the explanation. */
  | {
      readonly kind: 'principal';
      readonly commonName: string | undefined;
      readonly subjectAltNames: readonly SubjectAltNameRequest[];
      readonly deviceId: string | undefined;
    };

export interface ExplainQuestion {
  /** PKCS #10, DER, not parsed yet. */
  readonly requestDer: Uint8Array;
  readonly caller: ExplainedCaller;
  /** Undefined: simplereenroll with a certificate, else simpleenroll. */
  readonly operation: 'simpleenroll' | 'simplereenroll' | undefined;
  /** For devices. Undefined: the one that the caller's credential is for, or one made up for the profile. */
  readonly endpointLabel: string | undefined;
  /** Undefined: that of the endpoint or of the certificate. */
  readonly profileName: string | undefined;
  /** Undefined: the version in force. */
  readonly candidate: ProfileCandidate | undefined;
  /** Id or name; undefined: that of the endpoint, or the one that issues. */
  readonly authority: string | undefined;
}

export interface ReplayOptions {
  /** By which version of the profile: the one in force now, or the one that the attempt was judged by. */
  readonly rules: 'now' | 'then';
  /** With the credential of then, as it is now; or as the device with a fresh secret. */
  readonly caller: 'then' | 'fresh';
}

export interface ReplayedAttempt {
  readonly attempt: EnrollmentAttempt;
  readonly explanation: Explanation;
  /** Whether the outcome, or the reason of a refusal, is another than it was. */
  readonly changed: boolean;
  /** Between the certificate of then and the one that would be issued now. */
  readonly differences: readonly CertificateDifference[];
}

export interface ExplainServices {
  /** Signs and records nothing. */
  explain(question: ExplainQuestion, act: Act): Promise<Explanation>;
  /** Signs and records nothing. An attempt without a request is `requestNotKept`. */
  replayAttempt(id: string, options: ReplayOptions, act: Act): Promise<ReplayedAttempt>;
}
