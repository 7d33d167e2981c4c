/** OCSPResponseStatus (RFC 6960 §4.2.1) and the answers that consist of nothing else. */
import type { CaErrorCode } from '@touchmark/ca';

export const responseStatus = {
  successful: 0,
  malformedRequest: 1,
  internalError: 2,
  tryLater: 3,
  sigRequired: 5,
  unauthorized: 6,
} as const;
export type ResponseStatus = keyof typeof responseStatus;
export type ErrorStatus = Exclude<ResponseStatus, 'successful'>;

/** Why a request gets no signed answer; the message is for the log, the client sees the status alone. */
export class OcspError extends Error {
  readonly status: ErrorStatus;

  constructor(status: ErrorStatus, message: string, options: { cause?: unknown } = {}) {
    super(message, options);
    this.name = 'OcspError';
    this.status = status;
  }
}

/** OCSPResponse with a status and no responseBytes. */
export function encodeErrorResponse(status: ErrorStatus): Uint8Array {
  return Uint8Array.of(0x30, 0x03, 0x0a, 0x01, responseStatus[status]);
}

/** What passes by itself; every other failure is internalError. */
const byCaError: Partial<Record<CaErrorCode, ErrorStatus>> = {
  registryUnavailable: 'tryLater',
  overloaded: 'tryLater',
  notReady: 'tryLater',
  clockWentBack: 'tryLater',
};

export function statusOfCaError(code: CaErrorCode): ErrorStatus {
  return byCaError[code] ?? 'internalError';
}
