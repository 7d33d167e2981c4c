/** The HTTP status with which this interface answers a refusal of the domain. */
import { refusals } from '@touchmark/ca';
import type { CaErrorCode, RefusalCategory } from '@touchmark/ca';

/** 422 is "understood and refused by policy"; 403 is about the caller, 409 about the state of the thing. */
const statusOfCategory: Readonly<Record<RefusalCategory, number>> = {
  request: 422,
  size: 413,
  policy: 422,
  credentialsWanted: 401,
  credentialsUseless: 403,
  caller: 403,
  unknown: 404,
  state: 409,
  argument: 400,
  unsupported: 501,
  unavailable: 503,
  fault: 500,
};

const exceptions: Partial<Record<CaErrorCode, number>> = {
  // A caller with a revoked or held certificate is not known here: this is about what a request got before.
  certificateRevoked: 409,
  certificateHeld: 409,
};

export function statusOfRefusal(code: CaErrorCode): number {
  return exceptions[code] ?? statusOfCategory[refusals[code].category];
}
