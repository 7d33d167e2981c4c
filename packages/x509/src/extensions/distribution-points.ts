/** Where CRLs are: CRLDistributionPoints, FreshestCRL, IssuingDistributionPoint (RFC 5280 §4.2.1.13, §5.2.5, §5.2.6). */
import type { DerReader } from '@touchmark/asn1';
import { contextTag, der, readWhole, rfc5280, tag } from '@touchmark/asn1';
import { encodeGeneralName, readGeneralNames } from '../names/general-name.ts';
import type { GeneralName } from '../names/general-name.ts';
import { extensionEncoder } from './extension.ts';
import { readNamedBits } from './key-usage.ts';

/** ReasonFlags in the order of their bits; bit 0 is not used. */
export const reasonFlags = [
  'unused',
  'keyCompromise',
  'cACompromise',
  'affiliationChanged',
  'superseded',
  'cessationOfOperation',
  'certificateHold',
  'privilegeWithdrawn',
  'aACompromise',
] as const;

export type ReasonFlag = (typeof reasonFlags)[number];

export interface DistributionPoint {
  readonly fullName: readonly GeneralName[];
  /** The URIs of fullName. */
  readonly urls: readonly string[];
  /** Undefined: the CRL covers all reasons. */
  readonly reasons: readonly ReasonFlag[] | undefined;
  readonly cRLIssuer: readonly GeneralName[] | undefined;
}

const encodeCrl = extensionEncoder(rfc5280['id-ce-cRLDistributionPoints']);
const encodeFreshest = extensionEncoder(rfc5280['id-ce-freshestCRL']);
const encodeIssuing = extensionEncoder(rfc5280['id-ce-issuingDistributionPoint']);

/** One distribution point with all URLs: any of them gives the same CRL. */
export function encodeCrlDistributionPoints(urls: readonly string[]): Uint8Array {
  return encodeCrl(false, encodeDistributionPoints(urls));
}

export function encodeFreshestCrl(urls: readonly string[]): Uint8Array {
  return encodeFreshest(false, encodeDistributionPoints(urls));
}

function encodeDistributionPoints(urls: readonly string[]): Uint8Array {
  return der.sequence(der.sequence(encodeDistributionPointName(urls)));
}

/** `distributionPoint [0]` is EXPLICIT around the CHOICE, `fullName [0]` IMPLICIT inside. */
function encodeDistributionPointName(urls: readonly string[]): Uint8Array {
  if (urls.length === 0) throw new RangeError('a distribution point needs one URL at least');
  return der.explicit(0, der.explicit(0, ...urls.map((value) => encodeGeneralName({ kind: 'uri', value }))));
}

/** CRLDistributionPoints or FreshestCRL, which have the same syntax. Throws Asn1Error. */
export function parseCrlDistributionPoints(value: Uint8Array): DistributionPoint[] {
  const sequence = readWhole(value);
  const points: DistributionPoint[] = [];
  do {
    const point = sequence.enter(tag.sequence);
    const fullName = readDistributionPointName(point);
    const reasons =
      point.peek() === contextTag(1, false) ? readNamedBits(point, reasonFlags, contextTag(1, false)) : undefined;
    const issuer = point.optionalEnter(contextTag(2, true));
    const cRLIssuer = issuer && readGeneralNames(issuer);
    point.end();
    if (fullName === undefined && cRLIssuer === undefined) {
      throw point.error('a distribution point has neither a name nor a cRLIssuer (RFC 5280 §4.2.1.13)');
    }
    points.push({ fullName: fullName ?? [], urls: urlsOf(fullName), reasons, cRLIssuer });
  } while (!sequence.done);
  return points;
}

/** Undefined when there is none; no names for nameRelativeToCRLIssuer, which RFC 5280 §4.2.1.13 advises against. */
function readDistributionPointName(point: DerReader): GeneralName[] | undefined {
  const explicit = point.optionalEnter(contextTag(0, true));
  if (explicit === undefined) return undefined;
  const fullName = explicit.optionalEnter(contextTag(0, true));
  if (fullName === undefined) explicit.element(contextTag(1, true));
  explicit.end();
  return fullName === undefined ? [] : readGeneralNames(fullName);
}

function urlsOf(fullName: readonly GeneralName[] = []): string[] {
  return fullName.flatMap((name) => (name.kind === 'uri' ? [name.value] : []));
}

interface IssuingScope {
  readonly onlyContainsUserCerts?: boolean;
  readonly onlyContainsCACerts?: boolean;
  readonly onlySomeReasons?: readonly ReasonFlag[] | undefined;
  readonly indirectCRL?: boolean;
  readonly onlyContainsAttributeCerts?: boolean;
}

export interface IssuingDistributionPointFields extends IssuingScope {
  /** Must have a URL of the certificates' CRLDistributionPoints, or OpenSSL says "different CRL scope". */
  readonly urls: readonly string[];
}

export interface IssuingDistributionPoint extends Required<IssuingScope> {
  /** Undefined: the extension only narrows the scope. */
  readonly fullName: readonly GeneralName[] | undefined;
  readonly urls: readonly string[];
}

/** Critical. Throws RangeError when it would be empty, or say that it contains more than one kind of certificate only. */
export function encodeIssuingDistributionPoint(fields: IssuingDistributionPointFields): Uint8Array {
  const { onlyContainsUserCerts, onlyContainsCACerts, onlyContainsAttributeCerts } = fields;
  if ([onlyContainsUserCerts, onlyContainsCACerts, onlyContainsAttributeCerts].filter(Boolean).length > 1) {
    throw new RangeError('a CRL contains one kind of certificate only, or all (RFC 5280 §5.2.5)');
  }
  const parts = [
    ...(fields.urls.length > 0 ? [encodeDistributionPointName(fields.urls)] : []),
    ...encodeFlag(1, onlyContainsUserCerts),
    ...encodeFlag(2, onlyContainsCACerts),
    ...(fields.onlySomeReasons === undefined ? [] : [encodeReasons(3, fields.onlySomeReasons)]),
    ...encodeFlag(4, fields.indirectCRL),
    ...encodeFlag(5, onlyContainsAttributeCerts),
  ];
  if (parts.length === 0) throw new RangeError('an issuing distribution point must not be empty (RFC 5280 §5.2.5)');
  return encodeIssuing(true, der.sequence(...parts));
}

function encodeFlag(number: number, flag = false): Uint8Array[] {
  return flag ? [der.retag(contextTag(number, false), der.boolean(true))] : [];
}

function encodeReasons(number: number, reasons: readonly ReasonFlag[]): Uint8Array {
  return der.retag(contextTag(number, false), der.namedBits(reasons.map((reason) => reasonFlags.indexOf(reason))));
}

/** Throws Asn1Error. */
export function parseIssuingDistributionPoint(value: Uint8Array): IssuingDistributionPoint {
  const sequence = readWhole(value);
  if (sequence.done) throw sequence.error('an issuing distribution point is empty (RFC 5280 §5.2.5)');
  const fullName = readDistributionPointName(sequence);
  const flag = (number: number): boolean => {
    const identifier = contextTag(number, false);
    if (sequence.peek() !== identifier) return false;
    if (!sequence.boolean(identifier))
      throw sequence.error(`[${number}] is written although it is FALSE (X.690 §11.5)`);
    return true;
  };
  const onlyContainsUserCerts = flag(1);
  const onlyContainsCACerts = flag(2);
  const onlySomeReasons =
    sequence.peek() === contextTag(3, false) ? readNamedBits(sequence, reasonFlags, contextTag(3, false)) : undefined;
  const indirectCRL = flag(4);
  const onlyContainsAttributeCerts = flag(5);
  sequence.end();
  return {
    fullName,
    urls: urlsOf(fullName),
    onlyContainsUserCerts,
    onlyContainsCACerts,
    onlySomeReasons,
    indirectCRL,
    onlyContainsAttributeCerts,
  };
}
