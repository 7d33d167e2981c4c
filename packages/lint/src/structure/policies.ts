/** CertificatePolicies, PolicyMappings and PolicyConstraints of RFC 5280 §4.2.1.4, §4.2.1.5 and §4.2.1.11. */
import { readWhole, tag, type DerReader } from '@touchmark/asn1';
import { userNoticeQualifier } from './identifiers.ts';

export interface PolicyInformation {
  readonly policyIdentifier: string;
  readonly qualifierIds: readonly string[];
  readonly explicitTexts: readonly DisplayText[];
}

export interface DisplayText {
  readonly tag: number;
  readonly content: Uint8Array;
}

export interface PolicyMapping {
  readonly issuerDomainPolicy: string;
  readonly subjectDomainPolicy: string;
}

export interface PolicyConstraints {
  readonly isEmpty: boolean;
}

export function readCertificatePolicies(reader: DerReader): PolicyInformation[] {
  const policies: PolicyInformation[] = [];
  while (!reader.done) policies.push(readPolicyInformation(reader.enter(tag.sequence)));
  return policies;
}

function readPolicyInformation(fields: DerReader): PolicyInformation {
  const policyIdentifier = fields.oid();
  const qualifierIds: string[] = [];
  const explicitTexts: DisplayText[] = [];
  const qualifiers = fields.optionalEnter(tag.sequence);
  fields.end();
  while (qualifiers !== undefined && !qualifiers.done) {
    const qualifier = qualifiers.enter(tag.sequence);
    const id = qualifier.oid();
    const valueDer = qualifier.element();
    qualifier.end();
    qualifierIds.push(id);
    if (id === userNoticeQualifier) {
      const text = explicitTextOf(valueDer);
      if (text !== undefined) explicitTexts.push(text);
    }
  }
  return { policyIdentifier, qualifierIds, explicitTexts };
}

/** UserNotice ::= SEQUENCE { noticeRef NoticeReference OPTIONAL, explicitText DisplayText OPTIONAL } */
function explicitTextOf(userNoticeDer: Uint8Array): DisplayText | undefined {
  const notice = readWhole(userNoticeDer);
  notice.optionalElement(tag.sequence);
  if (notice.done) return undefined;
  const identifier = notice.peek() ?? 0;
  const content = notice.content(identifier);
  notice.end();
  return { tag: identifier, content };
}

export function readPolicyMappings(reader: DerReader): PolicyMapping[] {
  const mappings: PolicyMapping[] = [];
  while (!reader.done) {
    const fields = reader.enter(tag.sequence);
    const issuerDomainPolicy = fields.oid();
    const subjectDomainPolicy = fields.oid();
    fields.end();
    mappings.push({ issuerDomainPolicy, subjectDomainPolicy });
  }
  return mappings;
}

export function readPolicyConstraints(fields: DerReader): PolicyConstraints {
  const isEmpty = fields.done;
  fields.optionalElement(0x80);
  fields.optionalElement(0x81);
  fields.end();
  return { isEmpty };
}
