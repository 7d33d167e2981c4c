/** What somebody sent instead of a certification request, by the first elements of its DER. */
import { Asn1Error, contextTag, readWhole, tag } from '@touchmark/asn1';
import type { DerReader } from '@touchmark/asn1';

export type LookAlike =
  | 'certificate'
  | 'certificateList'
  | 'cms'
  | 'crmf'
  | 'privateKey'
  | 'publicKey'
  /** CertificationRequestInfo alone. */
  | 'unsignedRequest';

/** Undefined for what is none of them. */
export function findLookAlike(der: Uint8Array): LookAlike | undefined {
  return lookAlikes.find(({ matches }) => holds(() => matches(readWhole(der))))?.kind;
}

interface Form {
  readonly kind: LookAlike;
  /** False, or an Asn1Error, where the DER has another form. */
  readonly matches: (content: DerReader) => boolean;
}

/** RFC 5652 §4 to §9 */
const contentTypes = /^1\.2\.840\.113549\.1\.7\.\d+$/;

const lookAlikes: readonly Form[] = [
  {
    // SignedData, and the PKIData of full CMC inside it
    kind: 'cms',
    matches: (content) => contentTypes.test(content.oid()) && content.peek() === contextTag(0, true),
  },
  // PrivateKeyInfo, RSAPrivateKey, ECPrivateKey, PFX: a version, and then what they hold
  { kind: 'privateKey', matches: holdsPrivateKey },
  {
    // EncryptedPrivateKeyInfo
    kind: 'privateKey',
    matches: (content) => {
      content.enter(tag.sequence).oid();
      content.octetString();
      return content.done;
    },
  },
  {
    kind: 'publicKey',
    matches: (content) => {
      content.enter(tag.sequence).oid();
      content.bitString();
      return content.done;
    },
  },
  {
    kind: 'unsignedRequest',
    matches: (content) => {
      content.smallInteger();
      content.element(tag.sequence);
      return content.enter(tag.sequence).peek() === tag.sequence;
    },
  },
  {
    // CertReqMessages: a SEQUENCE of CertReqMsg, whose certReqId comes first
    kind: 'crmf',
    matches: (content) => content.enter(tag.sequence).enter(tag.sequence).peek() === tag.integer,
  },
  { kind: 'certificate', matches: (content) => isCertificate(content.enter(tag.sequence)) },
  { kind: 'certificateList', matches: (content) => isCertificateList(content.enter(tag.sequence)) },
];

function holdsPrivateKey(content: DerReader): boolean {
  content.smallInteger();
  switch (content.peek()) {
    case tag.integer:
      // RSAPrivateKey: modulus, exponents, primes
      content.integerBytes();
      content.integerBytes();
      return content.peek() === tag.integer;
    case tag.octetString:
      return true;
    case tag.sequence:
      // PrivateKeyInfo has an algorithm and an OCTET STRING, PFX a ContentInfo
      content.enter(tag.sequence).oid();
      return content.done || content.peek() === tag.octetString || content.peek() === tag.sequence;
    case undefined:
    default:
      return false;
  }
}

function isCertificate(tbs: DerReader): boolean {
  if (tbs.optionalElement(contextTag(0, true)) === undefined) return false;
  tbs.integerBytes();
  tbs.enter(tag.sequence).oid();
  return tbs.peek() === tag.sequence;
}

function isCertificateList(tbs: DerReader): boolean {
  if (tbs.peek() === tag.integer) tbs.integerBytes();
  tbs.enter(tag.sequence).oid();
  tbs.element(tag.sequence);
  return tbs.peek() === tag.utcTime || tbs.peek() === tag.generalizedTime;
}

function holds(look: () => boolean): boolean {
  try {
    return look();
  } catch (error) {
    if (error instanceof Asn1Error) return false;
    throw error;
  }
}
