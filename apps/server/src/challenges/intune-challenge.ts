/** Challenges that Microsoft Intune makes for the devices it manages, verified by its SCEP validation service. */
import { toBase64, toHex } from '@touchmark/asn1';
import { CaError } from '@touchmark/ca';
import type { ChallengeOutcome, ChallengeQuestion, ChallengeVerdict, Clock, IssuedCertificate } from '@touchmark/ca';
import { sha1, sha256 } from '@touchmark/crypto';
import { formatName, parseCertificate } from '@touchmark/x509';
import { BoundedWork } from './bounded-work.ts';
import type { ChallengeKeys } from './challenge-keys.ts';
import type { IntuneChallengeSettings } from './challenge-settings.ts';
import { intuneVerdict } from './intune-codes.ts';
import { IntuneSession, callerInfo } from './intune-session.ts';
import type { KindVerifier } from './kind-verifier.ts';
import { OutgoingError } from './outgoing-http.ts';

/** E_FAIL of Windows as a signed number: there is none for what an authority refuses. */
const failureResult = -2147467259;

export interface IntuneChallengeDependencies {
  readonly keys: Pick<ChallengeKeys, 'get'>;
  readonly clock: Clock;
}

export class IntuneChallengeVerifier implements KindVerifier<IntuneChallengeSettings> {
  readonly #dependencies: IntuneChallengeDependencies;
  readonly #work = new BoundedWork({ atOnce: 32, waitingAtMost: 256 });
  /** By label; another one when settings or client secret have changed. */
  readonly #sessions = new Map<string, { readonly fingerprint: string; readonly session: IntuneSession }>();

  constructor(dependencies: IntuneChallengeDependencies) {
    this.#dependencies = dependencies;
  }

  async verify(question: ChallengeQuestion, settings: IntuneChallengeSettings): Promise<ChallengeVerdict> {
    const session = await this.#sessionOf(question.endpoint.label, settings);
    const body = { request: identityOf(question) };
    const verdict = intuneVerdict(await this.#work.run(() => session.act('validateRequest', body), tooMany));
    switch (verdict.kind) {
      case 'success':
        return { deviceId: undefined, device: 'any' };
      case 'wrong':
        throw new CaError(
          'challengeWrong',
          `Intune does not take the challenge: ${verdict.code}. Let the device check in, so that Intune makes another.`,
        );
      case 'refused':
        throw new CaError(
          'challengeRefused',
          `Intune refuses the request: ${verdict.code}. Compare what the device asks for with its SCEP profile in Intune.`,
        );
      case 'unknown':
        throw new CaError(
          'challengeRefused',
          'Intune refuses the request, for a reason that this release does not know. The operator finds more in Intune.',
        );
    }
  }

  async report(
    question: ChallengeQuestion,
    outcome: ChallengeOutcome,
    settings: IntuneChallengeSettings,
  ): Promise<void> {
    const session = await this.#sessionOf(question.endpoint.label, settings);
    const code = await session.act(actionOf(outcome), {
      notification: { ...identityOf(question), ...describe(outcome, question.endpoint.label) },
    });
    if (intuneVerdict(code).kind !== 'success') {
      throw new OutgoingError('answerUnreadable', 'Intune did not take the notification.');
    }
  }

  async test(endpointLabel: string, settings: IntuneChallengeSettings): Promise<string> {
    const { keys, clock } = this.#dependencies;
    const clientSecret = new TextDecoder().decode(await keys.get(endpointLabel));
    // A session of its own: what the other one has kept may be of yesterday.
    const session = new IntuneSession({ settings, clientSecret, clock });
    return `Entra has given tokens, and the SCEP validation service is at ${await session.locate()}.`;
  }

  async #sessionOf(label: string, settings: IntuneChallengeSettings): Promise<IntuneSession> {
    const { keys, clock } = this.#dependencies;
    const clientSecret = new TextDecoder().decode(await keys.get(label));
    const fingerprint = toHex(sha256(new TextEncoder().encode(JSON.stringify([settings, clientSecret]))));
    const known = this.#sessions.get(label);
    if (known?.fingerprint === fingerprint) return known.session;
    const session = new IntuneSession({ settings, clientSecret, clock });
    this.#sessions.set(label, { fingerprint, session });
    return session;
  }
}

function identityOf({ transactionId, attemptId, requestDer }: ChallengeQuestion): Readonly<Record<string, string>> {
  return { transactionId: transactionId ?? attemptId, certificateRequest: toBase64(requestDer), callerInfo };
}

function actionOf({ kind }: ChallengeOutcome): 'successNotification' | 'failureNotification' {
  return kind === 'issued' ? 'successNotification' : 'failureNotification';
}

function describe(outcome: ChallengeOutcome, label: string): Readonly<Record<string, string | number>> {
  switch (outcome.kind) {
    case 'issued':
      return describeCertificate(outcome.certificate, label);
    case 'refused':
      return {
        hResult: failureResult,
        errorDescription: `${outcome.error.code}: ${outcome.error.message}`.slice(0, 255),
      };
  }
}

/** Intune knows certificates by their SHA-1, as Windows does. */
function describeCertificate(
  { certificateDer, serialNumber, notAfter }: IssuedCertificate,
  label: string,
): Readonly<Record<string, string>> {
  const issuer = formatName(parseCertificate(certificateDer).issuer);
  return {
    certificateThumbprint: toHex(sha1(certificateDer)).toUpperCase(),
    certificateSerialNumber: toHex(serialNumber).toUpperCase(),
    certificateExpirationDateUtc: notAfter.toISOString(),
    issuingCertificateAuthority: issuer,
    caConfiguration: label,
    certificateAuthority: issuer,
  };
}

function tooMany(): CaError {
  return new CaError(
    'challengeUnavailable',
    'Too many challenges are being asked about just now. Try again in a few seconds.',
    { retryAfterSeconds: 5 },
  );
}
