/** What the administration interface needs for the challenges of endpoints. */
import type { EnrollmentEndpoint } from '@touchmark/ca';
import type { Act } from './ports.ts';
import type { ChallengeTest, SetChallengeBody } from './schemas/challenge.ts';

export interface ChallengeServices {
  /**
   * In the place of the one that the endpoint has. `secret` is what was made, and the only time it is seen; undefined when it
   * was given. When it resolves, earlier passwords are wrong on all nodes.
   */
  setChallenge(
    label: string,
    challenge: SetChallengeBody,
    act: Act,
  ): Promise<{ readonly endpoint: EnrollmentEndpoint; readonly secret: string | undefined }>;
  /** There is none: nothing changes. */
  removeChallenge(label: string, act: Act): Promise<void>;
  /** Asks whoever would be asked, about no device. `conflict` where the endpoint has no challenge. */
  testChallenge(label: string, act: Act): Promise<ChallengeTest>;
  /** In the order given. `conflict` where the challenge of the endpoint is not derived. */
  deriveChallenges(label: string, deviceIds: readonly string[], act: Act): Promise<readonly string[]>;
}
