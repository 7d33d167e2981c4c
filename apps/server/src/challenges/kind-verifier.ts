/** What the verifier of one kind of challenge does. */
import type { ChallengeOutcome, ChallengeQuestion, ChallengeVerdict } from '@touchmark/ca';

export interface KindVerifier<Settings> {
  /** As `ChallengeVerifier.verify`, with the settings of the endpoint's challenge. */
  verify(question: ChallengeQuestion, settings: Settings): Promise<ChallengeVerdict>;
  /**
   * Asks whoever would be asked, about no device: what is found, in one sentence. Rejects with what would make a challenge
   * unavailable. Without it, nobody is asked.
   */
  readonly test?: (endpointLabel: string, settings: Settings) => Promise<string>;
  /** One try to tell whoever vouched what became of it; rejects when that failed. Without it, there is nobody to tell. */
  readonly report?: (question: ChallengeQuestion, outcome: ChallengeOutcome, settings: Settings) => Promise<void>;
}
