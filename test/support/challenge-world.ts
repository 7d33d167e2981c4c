/** The issuance cycle with the verifiers of challenges that the service has, their keys sealed in memory. */
import type { ChallengeKind, EnrollmentOutcome } from '@touchmark/ca';
import { ChallengeKeys } from '../../apps/server/src/challenges/challenge-keys.ts';
import { ChallengeVerifiers } from '../../apps/server/src/challenges/challenge-verifiers.ts';
import { newSecretStore } from '../../apps/server/test/support/question.ts';
import { craftRequest } from './crafted-request.ts';
import { createWorld } from './enrollment-world.ts';
import type { World } from './enrollment-world.ts';

export interface ChallengeWorld {
  readonly world: World;
  readonly keys: ChallengeKeys;
  /** A request of device-0042 with that password. */
  ask(password: string): Promise<EnrollmentOutcome>;
}

export async function createChallengeWorld(
  kind: ChallengeKind,
  settings: Readonly<Record<string, unknown>>,
): Promise<ChallengeWorld> {
  const secrets = newSecretStore();
  const quiet = (): void => undefined;
  const challenges = new ChallengeVerifiers({
    secrets,
    clock: { now: () => new Date() },
    logger: { debug: quiet, info: quiet, warn: quiet, error: quiet },
    onVerdict: quiet,
    onReport: quiet,
    reportDelaysSeconds: [0.05],
  });
  const world = await createWorld({ challenge: { kind, settings }, challenges });
  return {
    world,
    keys: new ChallengeKeys(secrets),
    ask: async (password) =>
      world.enroll(await craftRequest(), {
        credentials: { password: { userName: '', value: password }, certificateDer: undefined },
      }),
  };
}
