/** messageType (RFC 8894 §3.2.1.2). */
import { refused } from '@touchmark/ca';

export type RequestType = 'PKCSReq' | 'RenewalReq' | 'CertPoll' | 'GetCert' | 'GetCRL';

/** Undefined: none that is answered. */
export function findRequestType(messageType: string | undefined): RequestType | undefined {
  if (messageType === undefined) return undefined;
  switch (messageType) {
    case '17':
      return 'RenewalReq';
    case '19':
      return 'PKCSReq';
    case '20':
      return 'CertPoll';
    case '21':
      return 'GetCert';
    case '22':
      return 'GetCRL';
    default:
      return undefined;
  }
}

/** Throws CaError `messageTypeUnknown`. */
export function requestTypeOf(messageType: string | undefined): RequestType {
  const type = findRequestType(messageType);
  if (type !== undefined) return type;
  throw refused(
    'messageTypeUnknown',
    messageType === undefined
      ? 'The message has no messageType, several, or one that is no PrintableString'
      : `There is no request of messageType "${messageType.slice(0, 16)}"`,
  );
}
