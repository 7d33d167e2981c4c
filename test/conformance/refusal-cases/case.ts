/** One way to provoke a refusal: through the issuance cycle or a parser of the service, with octets made for it. */
import { CaError } from '@touchmark/ca';
import type { CaErrorCode, EnrollmentOutcome, EnrollmentRequest, PrincipalOutcome } from '@touchmark/ca';
import { createWorld } from '../../support/enrollment-world.ts';
import type { WorldOptions } from '../../support/enrollment-world.ts';

export interface RefusalCase {
  readonly code: CaErrorCode;
  readonly name: string;
  /** What the message says of this very request. */
  readonly says: RegExp;
  /** Throws the refusal, or returns it as an outcome. */
  readonly provoke: () => Promise<EnrollmentOutcome | PrincipalOutcome | undefined>;
}

type Octets = Uint8Array | Promise<Uint8Array>;

/** A request that a device sends with a sound secret. */
export function enrolling(
  code: CaErrorCode,
  name: string,
  says: RegExp,
  request: () => Octets,
  options: WorldOptions & { readonly fields?: Partial<EnrollmentRequest> } = {},
): RefusalCase {
  return {
    code,
    name,
    says,
    provoke: async () => (await createWorld(options)).enroll(await request(), options.fields),
  };
}

/** What a function throws by itself. */
export function throwing(code: CaErrorCode, name: string, says: RegExp, work: () => unknown): RefusalCase {
  return {
    code,
    name,
    says,
    provoke: async () => {
      await work();
      return undefined;
    },
  };
}

/** The refusal that a case gives; fails when it gives none. */
export async function refusalOf({ provoke }: RefusalCase): Promise<CaError> {
  let outcome: EnrollmentOutcome | PrincipalOutcome | undefined;
  try {
    outcome = await provoke();
  } catch (error) {
    if (error instanceof CaError) return error;
    throw error;
  }
  if (outcome?.kind === 'refused') return outcome.error;
  throw new Error(`It was not refused, but ${outcome?.kind ?? 'nothing happened'}.`);
}
