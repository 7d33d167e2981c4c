/** Every reason for which the domain refuses, in one table: codes, protocols' answers and docs/refusals.md come from it. */
import { administrationRefusals } from './administration-refusals.ts';
import { authorityRefusals } from './authority-refusals.ts';
import { callerRefusals } from './caller-refusals.ts';
import { deviceRefusals } from './device-refusals.ts';
import { extensionRefusals } from './extension-refusals.ts';
import { keyRefusals } from './key-refusals.ts';
import { messageRefusals } from './message-refusals.ts';
import { nameRefusals } from './name-refusals.ts';
import { profileRefusals } from './profile-refusals.ts';
import type { Refusal } from './refusal.ts';
import { requestRefusals } from './request-refusals.ts';
import { serviceRefusals } from './service-refusals.ts';

/** By what they are about, in the order in which a request meets them. */
export const refusalsByNoun = {
  message: messageRefusals,
  request: requestRefusals,
  key: keyRefusals,
  caller: callerRefusals,
  device: deviceRefusals,
  name: nameRefusals,
  extension: extensionRefusals,
  profile: profileRefusals,
  authority: authorityRefusals,
  service: serviceRefusals,
  administration: administrationRefusals,
} as const;

const table = {
  ...messageRefusals,
  ...requestRefusals,
  ...keyRefusals,
  ...callerRefusals,
  ...deviceRefusals,
  ...nameRefusals,
  ...extensionRefusals,
  ...profileRefusals,
  ...authorityRefusals,
  ...serviceRefusals,
  ...administrationRefusals,
};

/** Stable, and shown to clients: a code is never given another meaning. */
export type CaErrorCode = keyof typeof table;

export const refusals: Readonly<Record<CaErrorCode, Refusal>> = table;

export const refusalCodes = Object.keys(table) as readonly CaErrorCode[];

/** The code as the table knows it, whatever the case; undefined when it is not a refusal of the domain. */
export function findRefusal(code: string): { readonly code: CaErrorCode; readonly refusal: Refusal } | undefined {
  const known = refusalCodes.find((name) => name.toLowerCase() === code.toLowerCase());
  return known === undefined ? undefined : { code: known, refusal: refusals[known] };
}
