/** Why a SCEP operation failed: what was wrong with what was asked, with the server or with its answer. */
import { CmsError } from '@touchmark/cms';
import type { FailInfo } from './cert-rep.ts';

export type ScepErrorCode =
  /** Not an http or https URL. */
  | 'urlInvalid'
  /** Neither roots nor a fingerprint, or what was given is none. */
  | 'trustInvalid'
  /** No certificate of the server is the one that was to be trusted, or leads to it. */
  | 'caNotTrusted'
  /** The server has no certificate that requests could be encrypted for. */
  | 'raNotUsable'
  /** The key is not RSA, not private, or not that of the certificate. */
  | 'keyNotUsable'
  /** The certificate to sign with cannot be read. */
  | 'certificateNotUsable'
  /** The request has no subject. */
  | 'subjectMissing'
  /** The server has only algorithms that are broken, or that the caller did not allow. */
  | 'algorithmNotSupported'
  /** The server does not have that operation. */
  | 'operationNotSupported'
  /** No whole answer came back in time. */
  | 'unreachable'
  /** The answer is longer than any that is meant seriously. */
  | 'answerTooLarge'
  /** An HTTP status other than 200; `status` has it. */
  | 'httpStatus'
  /** The answer is not what RFC 8894 says. */
  | 'malformedAnswer'
  /** The answer is signed by nobody who may. */
  | 'signatureInvalid'
  /** The answer is about another transaction. */
  | 'wrongTransaction'
  /** The answer is to another message: it may be an old one. */
  | 'wrongNonce'
  /** The answer is encrypted for somebody else, or damaged. */
  | 'undecryptable'
  /** The certificate is for another key, another one than was asked for, or not by the CA. */
  | 'wrongCertificate'
  /** The CRL is not by the CA of the certificate. */
  | 'wrongCrl'
  /** The server refused; `failInfo` and `failInfoText` are from its answer. */
  | 'refused';

export class ScepError extends Error {
  readonly code: ScepErrorCode;
  readonly status: number | undefined;
  readonly failInfo: FailInfo | undefined;
  readonly failInfoText: string | undefined;

  constructor(
    code: ScepErrorCode,
    message: string,
    details: {
      status?: number;
      failInfo?: FailInfo | undefined;
      failInfoText?: string | undefined;
      cause?: unknown;
    } = {},
  ) {
    super(message, { cause: details.cause });
    this.name = 'ScepError';
    this.code = code;
    this.status = details.status;
    this.failInfo = details.failInfo;
    this.failInfoText = details.failInfoText;
  }
}

/** Of any error, to stand within a sentence. */
export function reasonOf(error: unknown): string {
  return (error instanceof Error ? error.message : String(error)).replace(/\.$/, '');
}

/** What `read` makes of an answer; that it cannot be read at all is a `malformedAnswer`. */
export function readAnswer<T>(what: string, read: () => T): T {
  try {
    return read();
  } catch (error) {
    if (error instanceof ScepError) throw error;
    const reason = reasonOf(error);
    if (error instanceof CmsError && error.code === 'algorithmNotSupported') {
      throw new ScepError(
        'algorithmNotSupported',
        `${what} is not safe: ${reason}. Have the server brought up to date.`,
        {
          cause: error,
        },
      );
    }
    throw new ScepError(
      'malformedAnswer',
      `${what} cannot be read: ${reason}. Check that the URL is that of a SCEP server.`,
      { cause: error },
    );
  }
}
