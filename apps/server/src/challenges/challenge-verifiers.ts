/** The port `ChallengeVerifier` of the domain: each kind of challenge by its verifier, with what is counted and logged. */
import { setTimeout as delay } from 'node:timers/promises';
import { CaError } from '@touchmark/ca';
import type {
  ChallengeKind,
  ChallengeOutcome,
  ChallengeQuestion,
  ChallengeSettings,
  ChallengeVerdict,
  ChallengeVerifier,
  Clock,
  EnrollmentEndpoint,
} from '@touchmark/ca';
import { KeyStoreError } from '@touchmark/keystore';
import type { SecretStore } from '@touchmark/keystore';
import type { Logger } from '../logger.ts';
import { BoundedWork } from './bounded-work.ts';
import { ChallengeKeys } from './challenge-keys.ts';
import { parseChallengeSettings } from './challenge-settings.ts';
import type { CheckedChallenge } from './challenge-settings.ts';
import { DerivedChallengeVerifier } from './derived-challenge.ts';
import { IntuneChallengeVerifier } from './intune-challenge.ts';
import { OutgoingError } from './outgoing-http.ts';
import { StaticChallengeVerifier } from './static-challenge.ts';
import { WebhookChallengeVerifier } from './webhook-challenge.ts';

export const challengeResults = ['right', 'wrong', 'refused', 'locked', 'unavailable', 'failed'] as const;
export type ChallengeResult = (typeof challengeResults)[number];

export type ReportResult = 'delivered' | 'failed' | 'dropped';

export interface ChallengeTest {
  readonly ok: boolean;
  /** For the operator; of what was sent there is nothing in it. */
  readonly message: string;
}

export interface ChallengeVerifiersDependencies {
  /** Where the keys of challenges are sealed. */
  readonly secrets: SecretStore;
  readonly clock: Clock;
  readonly logger: Pick<Logger, 'debug' | 'info' | 'warn' | 'error'>;
  /** For counting. */
  readonly onVerdict: (verdict: { readonly kind: ChallengeKind; readonly result: ChallengeResult }) => void;
  readonly onReport: (report: { readonly kind: ChallengeKind; readonly result: ReportResult }) => void;
  /** Between the tries of a report, so many as there are after the first. */
  readonly reportDelaysSeconds?: readonly number[];
}

export class ChallengeVerifiers implements ChallengeVerifier {
  readonly #dependencies: ChallengeVerifiersDependencies;
  readonly #keys: ChallengeKeys;
  readonly #static: StaticChallengeVerifier;
  readonly #derived: DerivedChallengeVerifier;
  readonly #webhook: WebhookChallengeVerifier;
  readonly #intune: IntuneChallengeVerifier;
  readonly #checked = new WeakMap<ChallengeSettings, CheckedChallenge>();
  readonly #reports = new BoundedWork({ atOnce: 16, waitingAtMost: 1000 });
  readonly #end = new AbortController();

  constructor(dependencies: ChallengeVerifiersDependencies) {
    const { secrets, clock } = dependencies;
    const keys = new ChallengeKeys(secrets);
    this.#dependencies = dependencies;
    this.#keys = keys;
    this.#static = new StaticChallengeVerifier({ clock });
    this.#derived = new DerivedChallengeVerifier({ keys });
    this.#webhook = new WebhookChallengeVerifier({ keys, clock });
    this.#intune = new IntuneChallengeVerifier({ keys, clock });
  }

  async verify(question: ChallengeQuestion): Promise<ChallengeVerdict> {
    const { onVerdict, logger } = this.#dependencies;
    const challenge = challengeOf(question);
    const { kind } = challenge;
    try {
      const verdict = await this.#verify(question, challenge);
      onVerdict({ kind, result: 'right' });
      logger.debug({ event: 'challenge.verified', ...contextOf(question, kind) }, 'a challenge is right');
      return verdict;
    } catch (error) {
      const refusal = refusalOf(error);
      const result = resultOf(refusal);
      onVerdict({ kind, result });
      const line = { event: `challenge.${result}`, ...contextOf(question, kind), error: refusal };
      if (result === 'unavailable' || result === 'failed') logger.error(line, 'a challenge could not be verified');
      else logger.info(line, 'a challenge was not taken');
      throw refusal;
    }
  }

  async report(question: ChallengeQuestion, outcome: ChallengeOutcome): Promise<void> {
    const { onReport, logger } = this.#dependencies;
    const challenge = challengeOf(question);
    const { kind } = challenge;
    if (kind === 'static' || kind === 'derived') return;
    const context = { ...contextOf(question, kind), outcome: outcome.kind };
    try {
      await this.#reports.run(() => this.#reportRepeatedly(question, outcome, challenge), tooManyReports);
      onReport({ kind, result: 'delivered' });
    } catch (error) {
      const result = error instanceof TooManyReports ? 'dropped' : 'failed';
      onReport({ kind, result });
      logger.warn({ event: 'challenge.notReported', ...context, error }, 'whoever vouched was not told of the outcome');
    }
  }

  /** Whether a challenge could be verified now, from this node: what is found in one sentence, or what is in the way. */
  async test({ label, challenge }: EnrollmentEndpoint): Promise<ChallengeTest> {
    if (challenge === undefined) throw new CaError('conflict', `The endpoint "${label}" has no challenge.`);
    try {
      return { ok: true, message: await this.#test(label, this.#check(challenge)) };
    } catch (error) {
      const known = error instanceof OutgoingError || error instanceof KeyStoreError || error instanceof CaError;
      if (!known) throw error;
      return { ok: false, message: withCause(error) };
    }
  }

  async #test(label: string, checked: CheckedChallenge): Promise<string> {
    switch (checked.kind) {
      case 'static':
        return 'The password is known here; nobody else is asked.';
      case 'derived':
        await this.#keys.get(label);
        return 'The key is there and opens; nobody else is asked.';
      case 'webhook':
        return this.#webhook.test(label, checked.settings);
      case 'intune':
        return this.#intune.test(label, checked.settings);
    }
  }

  /** Reports that are being repeated are given up. */
  close(): void {
    this.#end.abort();
  }

  async #reportRepeatedly(
    question: ChallengeQuestion,
    outcome: ChallengeOutcome,
    challenge: ChallengeSettings,
  ): Promise<void> {
    const { reportDelaysSeconds = [1, 10] } = this.#dependencies;
    for (const seconds of reportDelaysSeconds) {
      try {
        await this.#reportOnce(question, outcome, challenge);
        return;
      } catch {
        // What the last try says is logged.
        await delay(seconds * 1000, undefined, { signal: this.#end.signal, ref: false });
      }
    }
    await this.#reportOnce(question, outcome, challenge);
  }

  async #verify(question: ChallengeQuestion, challenge: ChallengeSettings): Promise<ChallengeVerdict> {
    const checked = this.#check(challenge);
    switch (checked.kind) {
      case 'static':
        return this.#static.verify(question, checked.settings);
      case 'derived':
        return this.#derived.verify(question);
      case 'webhook':
        return this.#webhook.verify(question, checked.settings);
      case 'intune':
        return this.#intune.verify(question, checked.settings);
    }
  }

  async #reportOnce(
    question: ChallengeQuestion,
    outcome: ChallengeOutcome,
    challenge: ChallengeSettings,
  ): Promise<void> {
    const checked = this.#check(challenge);
    switch (checked.kind) {
      case 'static':
      case 'derived':
        return;
      case 'webhook':
        return this.#webhook.report(question, outcome, checked.settings);
      case 'intune':
        return this.#intune.report(question, outcome, checked.settings);
    }
  }

  /** The catalog keeps an endpoint as one object until it changes. */
  #check(challenge: ChallengeSettings): CheckedChallenge {
    const known = this.#checked.get(challenge);
    if (known !== undefined) return known;
    const checked = parseChallengeSettings(challenge.kind, challenge.settings);
    this.#checked.set(challenge, checked);
    return checked;
  }
}

function challengeOf({ endpoint: { label, challenge } }: ChallengeQuestion): ChallengeSettings {
  if (challenge === undefined) throw new CaError('internal', `The endpoint "${label}" has no challenge.`);
  return challenge;
}

/** Neither the challenge nor the request, which holds it. */
function contextOf({ endpoint, attemptId, deviceId, remoteAddress }: ChallengeQuestion, kind: ChallengeKind): object {
  return { attemptId, endpoint: endpoint.label, kind, deviceId, remoteAddress };
}

/** What is not there, does not answer or cannot be read is no consent; the client is not told what it is. */
function refusalOf(error: unknown): CaError {
  if (error instanceof CaError && error.code !== 'invalidArgument') return error;
  const known = error instanceof OutgoingError || error instanceof KeyStoreError || error instanceof CaError;
  return new CaError(
    known ? 'challengeUnavailable' : 'internal',
    'The challenge cannot be verified just now. Try again; the operator finds the cause in the log under the id of the attempt.',
    { cause: error },
  );
}

function resultOf({ code }: CaError): ChallengeResult {
  if (code === 'challengeWrong') return 'wrong';
  if (code === 'challengeRefused') return 'refused';
  if (code === 'challengeLocked') return 'locked';
  return code === 'challengeUnavailable' ? 'unavailable' : 'failed';
}

/** What TLS, the network or the key store says is what the operator mends. */
function withCause({ message, cause }: Error): string {
  if (typeof cause !== 'object' || cause === null) return message;
  // Where several addresses were tried in vain, the code says it all.
  const parts = ['message' in cause && cause.message, 'code' in cause && cause.code];
  const why = parts.find((part) => typeof part === 'string' && part !== '');
  return typeof why === 'string' ? `${message} ${why}` : message;
}

class TooManyReports extends Error {}

function tooManyReports(): Error {
  return new TooManyReports('Too many reports are waiting already; this one is dropped.');
}
