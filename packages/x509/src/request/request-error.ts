/** What is wrong with what is DER, but no request as RFC 2986 has it. */
import { Asn1Error } from '@touchmark/asn1';
import type { Asn1Fault } from '@touchmark/asn1';

export type RequestFault =
  /** Another version than 0. */
  | 'versionUnknown'
  | 'subjectMalformed'
  | 'subjectCharacterInvalid'
  | 'subjectNotSorted'
  | 'subjectValueNotText'
  | 'publicKeyMalformed'
  | 'attributesMalformed'
  | 'attributeWithoutValue'
  | 'attributeRepeated'
  | 'attributeSeveralValues'
  | 'challengePasswordMalformed'
  | 'extensionRequestMalformed'
  | 'extensionRepeated'
  | 'extensionCriticalFalse'
  | 'subjectAltNameMalformed'
  | 'subjectAltNameEmpty'
  | 'subjectAltNameCharacterInvalid'
  | 'ipAddressLengthInvalid';

export class RequestError extends Asn1Error {
  readonly requestFault: RequestFault;

  constructor(requestFault: RequestFault, { reason, offset, fault }: Asn1Error) {
    super(reason, offset, fault);
    this.requestFault = requestFault;
  }
}

/** How the faults of one part of the request are called. */
export type PartFaults = Partial<Readonly<Record<Asn1Fault, RequestFault>>> & { readonly otherwise: RequestFault };

/** Calls by its name what `read` finds wrong; what has a name already keeps it. */
export function readPart<T>(faults: PartFaults, read: () => T): T {
  try {
    return read();
  } catch (error) {
    if (!(error instanceof Asn1Error) || error instanceof RequestError) throw error;
    throw new RequestError(faults[error.fault] ?? faults.otherwise, error);
  }
}
