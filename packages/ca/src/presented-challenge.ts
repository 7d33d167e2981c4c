/** A challenge that was presented: whoever knows it is asked, and told afterwards what became of the request. */
import { commonNameOf } from '@touchmark/x509';
import type { CertificationRequest } from '@touchmark/x509';
import type { Credential, JudgedCredential } from './authenticate.ts';
import { questionOf } from './authorize.ts';
import type { EnrollmentRequest } from './enrollment-request.ts';
import { CaError } from './errors.ts';
import type { EnrollmentEndpoint } from './model.ts';
import type { ChallengeOutcome, ChallengeQuestion, ChallengeVerifier, IssuanceRegistry } from './ports.ts';

export interface PresentedChallengesDependencies {
  readonly registry: Pick<IssuanceRegistry, 'findDossier'>;
  readonly challenges?: ChallengeVerifier | undefined;
  readonly onFailure: (error: unknown, attemptId: string) => void;
}

interface Judged {
  readonly credential: JudgedCredential;
  /** What was asked, by which the outcome is told; undefined: nobody was asked. */
  readonly asked: ChallengeQuestion | undefined;
}

export class PresentedChallenges {
  readonly #dependencies: PresentedChallengesDependencies;

  constructor(dependencies: PresentedChallengesDependencies) {
    this.#dependencies = dependencies;
  }

  /** What is presented, once whoever knows the challenge has said yes to it; other credentials as they are. */
  async judge(
    presented: Credential,
    request: EnrollmentRequest,
    endpoint: EnrollmentEndpoint,
    parsed: CertificationRequest,
    attemptId: string,
  ): Promise<Judged> {
    if (presented.kind !== 'challenge') return { credential: presented, asked: undefined };
    const recorded = await this.#findRecorded(endpoint, parsed);
    if (recorded !== undefined) return { credential: recorded, asked: undefined };
    const { requestDer, transactionId, remoteAddress } = request;
    const { challenge } = presented;
    const deviceId = commonNameOf(parsed.subject);
    const asked = { endpoint, challenge, deviceId, requestDer, transactionId, remoteAddress, attemptId };
    const verdict = await this.#dependencies.challenges?.verify(asked);
    if (verdict === undefined) throw new CaError('notReady', 'This service verifies no challenges.');
    return { credential: { kind: 'challenge', verdict }, asked };
  }

  /** Nobody waits for it. */
  report(asked: ChallengeQuestion | undefined, outcome: ChallengeOutcome, attemptId: string): void {
    if (asked === undefined) return;
    const { challenges, onFailure } = this.#dependencies;
    challenges?.report(asked, outcome).catch((failure: unknown) => onFailure(failure, attemptId));
  }

  /**
   * Whoever vouched for a request has vouched once, and may have forgotten it: a request that is on record already is answered
   * by what became of it, to whoever proves its key.
   */
  async #findRecorded(
    endpoint: EnrollmentEndpoint,
    parsed: CertificationRequest,
  ): Promise<JudgedCredential | undefined> {
    const unverified = { kind: 'challenge', verdict: { deviceId: undefined, device: 'any' } } as const;
    const { outcome } = await this.#dependencies.registry.findDossier(questionOf(unverified, endpoint, parsed));
    const record = outcome.certificate ?? outcome.intent;
    return record && { kind: 'challenge', verdict: { deviceId: record.deviceId, device: 'any' } };
  }
}
