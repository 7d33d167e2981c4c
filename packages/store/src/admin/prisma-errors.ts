/** What an error of Prisma means for us. */
import { CaError } from '@touchmark/ca';
import { errorCode, registryUnavailable } from '../sql-errors.ts';

/** What to say when a unique key is taken, or when what is referred to does not exist. */
export interface Wording {
  readonly conflict?: string;
  readonly missing?: string;
}

/** Runs `work`; its failures come out as `CaError` where they mean something to the caller. */
export async function asked<T>(work: () => Promise<T>, wording: Wording = {}): Promise<T> {
  try {
    return await work();
  } catch (error) {
    throw translated(error, wording);
  }
}

/** Prisma's error reference: P1xxx the database was not reached, P2024/P2028 no connection or transaction in time. */
function translated(error: unknown, wording: Wording): unknown {
  const code = errorCode(error);
  switch (code) {
    case undefined:
      return error;
    case 'P2002':
      return new CaError('conflict', wording.conflict ?? 'There is one already.', { cause: error });
    case 'P2003':
    case 'P2025':
      return new CaError('notFound', wording.missing ?? 'What it refers to does not exist.', { cause: error });
    case 'P2024':
    case 'P2028':
    case 'P2034':
      return registryUnavailable(error);
    default:
      return code.startsWith('P1') ? registryUnavailable(error) : error;
  }
}
