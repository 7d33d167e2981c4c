/** One row of the table of refusals. */

/** What kind of trouble a refusal is: this alone decides how a protocol tells it, but for a few that the protocol names. */
export type RefusalCategory =
  /** The request must be mended. */
  | 'request'
  /** More octets than are taken. */
  | 'size'
  /** The request is in order; what is on record of its device, key or issuer speaks against it. */
  | 'policy'
  /** No credentials, or none of a kind that is taken. */
  | 'credentialsWanted'
  /** Credentials that prove nothing; others may. */
  | 'credentialsUseless'
  /** The caller is known, and may not. */
  | 'caller'
  /** There is no such thing. */
  | 'unknown'
  /** The state of the thing does not allow it. */
  | 'state'
  /** A value that an administrator or a program gave. */
  | 'argument'
  | 'unsupported'
  /** The same request can succeed later. */
  | 'unavailable'
  /** Ours. */
  | 'fault';

export interface Refusal {
  readonly category: RefusalCategory;
  /** What is wrong, in one sentence. */
  readonly meaning: string;
  /** Why that is refused. */
  readonly why: string;
  /** How to mend it. */
  readonly hint: string;
  /** The document that has the rule, where there is one. */
  readonly citation?: string;
}
