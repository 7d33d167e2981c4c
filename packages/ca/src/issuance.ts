/** Steps 6 to 8: record the intent, sign exactly the recorded bytes, record the certificate. The only door to an authority's key. */
import { equalBytes, toHex } from '@touchmark/asn1';
import { sha256, verifySignatureUnblocking } from '@touchmark/crypto';
import { encodeSigned } from '@touchmark/x509';
import type { AttemptLog } from './attempt-log.ts';
import { deviceAlreadyRegistered, secretSpent } from './authorize.ts';
import { CaError } from './errors.ts';
import { uuidV7 } from './ids.ts';
import { authorityRetired, checkInUse } from './issuer.ts';
import type { SigningAuthority } from './issuer.ts';
import { keyBlocked, keyBlockedByOperator, keyOfAnotherDevice } from './key-use.ts';
import type { LintedCertificate } from './lint-certificate.ts';
import type { IssuanceGuard, IssuanceIntent, IssuedCertificate, RecordedOutcome } from './model.ts';
import type { GuardFailure, IssuanceRegistry, RandomBytes, SignerSource } from './ports.ts';
import type { SigningGate } from './signing-gate.ts';

declare const proof: unique symbol;

/** An intent that is committed; only `recordIntent` and `resume` make it, and only it can be signed. */
interface RecordedIntent {
  readonly [proof]: 'RecordedIntent';
  readonly intent: IssuanceIntent;
}

export interface IssuanceDependencies {
  readonly registry: IssuanceRegistry;
  readonly signers: SignerSource;
  readonly gate: SigningGate;
  readonly randomBytes: RandomBytes;
}

export class Issuance {
  readonly #dependencies: IssuanceDependencies;

  constructor(dependencies: IssuanceDependencies) {
    this.#dependencies = dependencies;
  }

  /** Issues a linted certificate, or returns the one that the same request got before. */
  async issue(certificate: LintedCertificate, log: AttemptLog): Promise<IssuedCertificate> {
    const now = this.#dependencies.gate.now();
    const intent: IssuanceIntent = {
      id: uuidV7(now, this.#dependencies.randomBytes),
      attemptId: log.id,
      requestDigest: certificate.requestDigest,
      authorityId: certificate.issuer.authority.id,
      serialNumber: certificate.serialNumber,
      tbsCertificateDer: certificate.tbsCertificateDer,
      publicKeySha256: certificate.publicKeySha256,
      deviceId: certificate.deviceId,
      profileName: certificate.profile.name,
      profileVersion: certificate.profile.version,
      notBefore: certificate.notBefore,
      notAfter: certificate.notAfter,
      crlShard: certificate.crlShard,
      createdAt: now,
    };
    const result = await this.#dependencies.registry.recordIntent(intent, certificate.guard);
    switch (result.kind) {
      case 'recorded':
        log.note('recordIntent', `serial number ${toHex(intent.serialNumber)} is on record`);
        return this.#complete({ intent } as RecordedIntent, certificate.issuer, certificate.guard, log);
      case 'duplicate': {
        const earlier = await this.resume(result.outcome, certificate.issuer, certificate.guard, log);
        if (earlier === undefined)
          throw new CaError('internal', 'The request was recorded before, but its outcome cannot be read.');
        return earlier;
      }
      case 'guardFailed':
        throw guardError(result.failure, certificate.deviceId, certificate.issuer);
    }
  }

  /**
   * What became of the same request before: its certificate, or its intent carried to the end when the process died in
   * between. Undefined when it was never recorded.
   */
  async resume(
    outcome: RecordedOutcome,
    issuer: SigningAuthority,
    guard: IssuanceGuard,
    log: AttemptLog,
  ): Promise<IssuedCertificate | undefined> {
    if (outcome.certificate !== undefined) return this.#repeat(outcome.certificate, log);
    if (outcome.intent === undefined) return undefined;
    if (outcome.intent.notAfter < this.#dependencies.gate.now()) {
      throw new CaError(
        'certificateExpired',
        'What this request was to get has expired before it was issued. Make a new request.',
      );
    }
    if (guard.authorityInUse === true) checkInUse(issuer);
    log.note(
      'recordIntent',
      `the same request was recorded before as intent ${outcome.intent.id}; it is carried to its end`,
    );
    return this.#complete({ intent: outcome.intent } as RecordedIntent, issuer, guard, log);
  }

  /** The service finds its own certificates at every start: that is no attempt, and it judges them itself. */
  async #repeat(certificate: IssuedCertificate, log: AttemptLog): Promise<IssuedCertificate> {
    if (log.protocol === 'system') return certificate;
    checkRepeatable(certificate, this.#dependencies.gate.now());
    log.note('respond', `the same request was answered before with certificate ${certificate.id}`);
    if (log.isKept()) await this.#dependencies.registry.recordAttempt(log.issued(certificate.id));
    return certificate;
  }

  /** Steps 7 and 8. */
  async #complete(
    recorded: RecordedIntent,
    issuer: SigningAuthority,
    guard: IssuanceGuard,
    log: AttemptLog,
  ): Promise<IssuedCertificate> {
    const { intent } = recorded;
    const certificateDer = await this.#sign(recorded, issuer);
    log.note('sign', `signed by ${issuer.authority.name} and verified`);
    const issuedAt = this.#dependencies.gate.now();
    const result = await this.#dependencies.registry.recordCertificate(
      {
        intent,
        certificateDer,
        fingerprintSha256: sha256(certificateDer),
        issuedAt,
        attempt: log.issued(intent.id),
        audit: {
          at: issuedAt,
          actor: log.actor,
          remoteAddress: log.remoteAddress,
          action: 'certificate.issued',
          subject: `certificate:${intent.id}`,
          correlationId: log.id,
          details: {
            serialNumber: toHex(intent.serialNumber),
            authority: issuer.authority.name,
            profile: `${intent.profileName}@${intent.profileVersion}`,
            device: intent.deviceId ?? null,
          },
        },
      },
      { ...guard, spendSecretId: undefined, registration: 'none' },
    );
    switch (result.kind) {
      case 'recorded': {
        const { certificate } = result;
        if (!equalBytes(certificate.certificateDer, certificateDer)) {
          // Another node carried the same intent to its end first: its certificate is the one, ours never leaves.
          log.note('respond', 'the same request was answered at the same time by another node');
          await this.#dependencies.registry.recordAttempt(log.issued(certificate.id));
        }
        return certificate;
      }
      case 'guardFailed':
        throw guardError(result.failure, intent.deviceId, issuer);
    }
  }

  async #sign({ intent }: RecordedIntent, issuer: SigningAuthority): Promise<Uint8Array> {
    if (intent.authorityId !== issuer.authority.id) {
      throw new CaError('internal', 'The recorded intent is of another authority.');
    }
    this.#dependencies.gate.now();
    const signer = await this.#dependencies.signers.getSigner(issuer.authority.keyId, issuer.signatureAlgorithm);
    if (signer.algorithm.name !== issuer.signatureAlgorithm.name) {
      throw new CaError(
        'internal',
        'The key of the authority signs with another algorithm than its certificates name.',
      );
    }
    const signature = await signer.sign(intent.tbsCertificateDer);
    const verified = await verifySignatureUnblocking(
      signer.algorithm,
      issuer.publicKey,
      intent.tbsCertificateDer,
      signature,
    );
    if (!verified) {
      throw new CaError(
        'internal',
        'The signature does not verify with the key of the authority; the certificate is withheld.',
      );
    }
    return encodeSigned(intent.tbsCertificateDer, signer.algorithm.algorithmIdentifierDer, signature);
  }
}

/** What a request got before is given again only as long as it is worth anything. */
export function checkRepeatable(certificate: IssuedCertificate, now: Date): void {
  if (certificate.revocation?.reason === 'certificateHold') {
    throw new CaError(
      'certificateHeld',
      'The certificate that this request got before is on hold. Ask the operator to release it.',
    );
  }
  if (certificate.revocation !== undefined) {
    throw new CaError(
      'certificateRevoked',
      'The certificate that this request got before is revoked. Make a new key, and ask the operator for a new secret.',
    );
  }
  if (certificate.notAfter < now) {
    throw new CaError(
      'certificateExpired',
      'The certificate that this request got before has expired. Make a new request.',
    );
  }
}

export function guardError(
  failure: GuardFailure,
  deviceId: string | undefined,
  { authority }: Pick<SigningAuthority, 'authority'>,
): CaError {
  switch (failure) {
    case 'secretSpent':
      return secretSpent();
    case 'approvalWithdrawn':
      return new CaError(
        'requestRejected',
        'An administrator took the approval of this request back while its certificate was being issued.',
      );
    case 'certificateRevoked':
      return new CaError('certificateRevoked', 'The client certificate was revoked while it was being renewed.');
    case 'certificateHeld':
      return new CaError('certificateHeld', 'The client certificate was put on hold while it was being renewed.');
    case 'deviceBarred':
      return new CaError(
        'deviceSuspended',
        'The device was suspended or retired while its certificate was being issued.',
      );
    case 'deviceKnown':
      return deviceAlreadyRegistered(deviceId ?? '');
    case 'keyOfAnotherDevice':
      return keyOfAnotherDevice();
    case 'keyBlocked':
      return keyBlocked();
    case 'authorityRetired':
      return authorityRetired(authority.name);
    case 'keyBlockedByOperator':
      return keyBlockedByOperator();
    case 'certificateLimit':
      return new CaError(
        'certificateLimitReached',
        'The device has as many certificates of this profile as it may have. Renew one of them, or have one revoked that is not used any more.',
      );
  }
}
