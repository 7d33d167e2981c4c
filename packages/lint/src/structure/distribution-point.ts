/** DistributionPoint of RFC 5280 §4.2.1.13, and the DistributionPointName that a CRL's IssuingDistributionPoint shares. */
import type { DerReader } from '@touchmark/asn1';
import { tag } from '@touchmark/asn1';
import { readGeneralNames, type GeneralName } from './general-name.ts';

export interface DistributionPoint {
  readonly distributionPoint: DistributionPointName | undefined;
  readonly hasReasons: boolean;
  readonly cRLIssuer: readonly GeneralName[] | undefined;
}

export type DistributionPointName =
  { readonly kind: 'fullName'; readonly names: readonly GeneralName[] } | { readonly kind: 'nameRelativeToCRLIssuer' };

export interface IssuingDistributionPoint {
  readonly distributionPoint: DistributionPointName | undefined;
  readonly onlyContainsUserCerts: boolean;
  readonly onlyContainsCACerts: boolean;
  readonly hasOnlySomeReasons: boolean;
  readonly indirectCRL: boolean;
  readonly onlyContainsAttributeCerts: boolean;
  readonly isEmpty: boolean;
  /** A BOOLEAN that says its own default. */
  readonly encodesDefault: boolean;
}

export function readDistributionPoints(reader: DerReader): DistributionPoint[] {
  const points: DistributionPoint[] = [];
  while (!reader.done) points.push(readDistributionPoint(reader.enter(tag.sequence)));
  return points;
}

function readDistributionPoint(fields: DerReader): DistributionPoint {
  const name = fields.optionalEnter(0xa0);
  const hasReasons = fields.optionalElement(0x81) !== undefined;
  const issuer = fields.optionalEnter(0xa2);
  fields.end();
  return {
    distributionPoint: name && readDistributionPointName(name),
    hasReasons,
    cRLIssuer: issuer && readGeneralNames(issuer),
  };
}

export function readIssuingDistributionPoint(fields: DerReader): IssuingDistributionPoint {
  const isEmpty = fields.done;
  const name = fields.optionalEnter(0xa0);
  const onlyContainsUserCerts = optionalFlag(fields, 0x81);
  const onlyContainsCACerts = optionalFlag(fields, 0x82);
  const hasOnlySomeReasons = fields.optionalElement(0x83) !== undefined;
  const indirectCRL = optionalFlag(fields, 0x84);
  const onlyContainsAttributeCerts = optionalFlag(fields, 0x85);
  fields.end();
  const flags = [onlyContainsUserCerts, onlyContainsCACerts, indirectCRL, onlyContainsAttributeCerts];
  return {
    distributionPoint: name && readDistributionPointName(name),
    onlyContainsUserCerts: onlyContainsUserCerts === true,
    onlyContainsCACerts: onlyContainsCACerts === true,
    hasOnlySomeReasons,
    indirectCRL: indirectCRL === true,
    onlyContainsAttributeCerts: onlyContainsAttributeCerts === true,
    isEmpty,
    encodesDefault: flags.includes(false),
  };
}

function readDistributionPointName(choice: DerReader): DistributionPointName {
  const fullName = choice.optionalEnter(0xa0);
  if (fullName !== undefined) {
    choice.end();
    return { kind: 'fullName', names: readGeneralNames(fullName) };
  }
  choice.element(0xa1);
  choice.end();
  return { kind: 'nameRelativeToCRLIssuer' };
}

function optionalFlag(fields: DerReader, identifier: number): boolean | undefined {
  return fields.peek() === identifier ? fields.boolean(identifier) : undefined;
}
