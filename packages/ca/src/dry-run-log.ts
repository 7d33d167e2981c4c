/** The log of a dry run: every rule is judged and its verdict kept, and nothing of it is recorded. */
import { AttemptLog } from './attempt-log.ts';
import { CaError } from './errors.ts';
import type { AttemptStep } from './model.ts';
import type { CaErrorCode } from './refusals/refusals.ts';

export interface Verdict {
  readonly step: AttemptStep['step'];
  /** Stable, e.g. `keyAlgorithm`. */
  readonly rule: string;
  /** `notJudged`: a dry run cannot know; `message` says why. */
  readonly outcome: 'passed' | 'failed' | 'notJudged';
  /** Of the refusal; present only when it failed. */
  readonly code: CaErrorCode | undefined;
  readonly message: string | undefined;
}

/** Thrown where the rules that follow have nothing to judge by; the verdict is kept already. */
export class DryRunStopped extends Error {}

export class DryRunLog extends AttemptLog {
  readonly verdicts: Verdict[] = [];
  readonly steps: AttemptStep[] = [];
  readonly #notJudged: ReadonlyMap<string, string>;

  /** @param notJudged rules that cannot be judged in this run, with the reason */
  constructor(
    context: ConstructorParameters<typeof AttemptLog>[0],
    clock: ConstructorParameters<typeof AttemptLog>[1],
    notJudged: ReadonlyMap<string, string>,
  ) {
    super(context, clock);
    this.#notJudged = notJudged;
  }

  override note(step: AttemptStep['step'], note: string): void {
    this.steps.push({ step, note });
  }

  override warn(step: AttemptStep['step'], note: string): void {
    this.steps.push({ step, note, warning: true });
  }

  override judge(step: AttemptStep['step'], rule: string, check: () => void): void {
    const why = this.#notJudged.get(rule);
    if (why === undefined) this.#keep(step, rule, check);
    else this.verdicts.push({ step, rule, outcome: 'notJudged', code: undefined, message: why });
  }

  override establish<T>(step: AttemptStep['step'], rule: string, find: () => T): T {
    const found = this.#keep(step, rule, find);
    if (found === undefined) throw new DryRunStopped();
    return found.value;
  }

  override async establishLater<T>(step: AttemptStep['step'], rule: string, find: () => Promise<T>): Promise<T> {
    const settled = await find().then(
      (value) => () => value,
      (error: unknown) => () => {
        throw error;
      },
    );
    return this.establish(step, rule, settled);
  }

  /** Undefined when the rule refused. What is no refusal is a failure of ours, in a dry run too. */
  #keep<T>(step: AttemptStep['step'], rule: string, find: () => T): { readonly value: T } | undefined {
    try {
      const value = find();
      this.verdicts.push({ step, rule, outcome: 'passed', code: undefined, message: undefined });
      return { value };
    } catch (error) {
      if (!(error instanceof CaError) || error.code === 'internal') throw error;
      this.verdicts.push({ step, rule, outcome: 'failed', code: error.code, message: error.message });
      return undefined;
    }
  }
}
