/** What the doctor finds, and what its checks may ask. */
import type { Authority, Crl, Status } from '@touchmark/admin-api';
import type { Api, RawAnswer } from '../api.ts';
import type { Io } from '../io.ts';

export interface Finding {
  readonly verdict: 'ok' | 'warning' | 'failed' | 'skipped';
  readonly found: string;
  /** How to mend it; there when the verdict is a warning or a failure. */
  readonly mend?: string;
}

export interface Patient {
  readonly io: Io;
  /** The home on this host; undefined when the service is elsewhere. */
  readonly home: string | undefined;
  /** Rejects with the reason when there is no way to the service. Each is asked at most once. */
  readonly api: () => Promise<Api>;
  readonly answer: () => Promise<RawAnswer>;
  readonly status: () => Promise<Status>;
  readonly authorities: () => Promise<readonly Authority[]>;
  readonly crls: () => Promise<readonly Crl[]>;
}

export interface Check {
  readonly name: string;
  readonly run: (patient: Patient) => Promise<Finding>;
}

export const ok = (found: string): Finding => ({ verdict: 'ok', found });
export const warning = (found: string, mend: string): Finding => ({ verdict: 'warning', found, mend });
export const failed = (found: string, mend: string): Finding => ({ verdict: 'failed', found, mend });
export const skipped = (found: string): Finding => ({ verdict: 'skipped', found });
