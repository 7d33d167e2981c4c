/** Challenges that a plant computes from the id of each device with the key of the endpoint. */
import { CaError, challengeMatches, deriveChallenge } from '@touchmark/ca';
import type { ChallengeQuestion, ChallengeVerdict } from '@touchmark/ca';
import type { ChallengeKeys } from './challenge-keys.ts';
import type { DerivedChallengeSettings } from './challenge-settings.ts';
import type { KindVerifier } from './kind-verifier.ts';

export class DerivedChallengeVerifier implements KindVerifier<DerivedChallengeSettings> {
  readonly #keys: Pick<ChallengeKeys, 'get'>;

  constructor({ keys }: { readonly keys: Pick<ChallengeKeys, 'get'> }) {
    this.#keys = keys;
  }

  async verify({ endpoint, challenge, deviceId }: ChallengeQuestion): Promise<ChallengeVerdict> {
    if (deviceId === undefined) {
      throw new CaError(
        'challengeWrong',
        'The challenge is computed from the id of the device, and the request has no commonName. Put the id there.',
      );
    }
    const key = await this.#keys.get(endpoint.label);
    if (challengeMatches(deriveChallenge(key, endpoint.label, deviceId), challenge)) {
      return { deviceId, device: 'withoutCertificate' };
    }
    throw new CaError(
      'challengeWrong',
      'The challenge password is not the one of this device at this endpoint. It is computed from the commonName, case included.',
    );
  }
}
