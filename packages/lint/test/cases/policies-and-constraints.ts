/** Policies, name constraints and directory attributes. */
import { der, tag } from '@touchmark/asn1';
import { ascii, attribute, dns, extension, ip, name, directoryName } from '../support/parts.ts';
import { ca, including, leaf, tbsCertificate } from '../support/tbs-certificate.ts';
import type { LintCases } from '../support/verdict.ts';

const inLeaf = (oid: string, value: Uint8Array, critical = false): Uint8Array =>
  tbsCertificate(including(leaf, extension(oid, value, critical)));
const inCa = (oid: string, value: Uint8Array, critical = true): Uint8Array =>
  tbsCertificate(including(ca, extension(oid, value, critical)));

const policyA = '1.3.6.1.4.1.99999.2.1';
const policyB = '1.3.6.1.4.1.99999.2.2';
const anyPolicy = '2.5.29.32.0';
const policies = (...list: readonly Uint8Array[]): Uint8Array => inLeaf('2.5.29.32', der.sequence(...list));
const policy = (oid: string, ...qualifiers: readonly Uint8Array[]): Uint8Array =>
  der.sequence(der.oid(oid), ...(qualifiers.length === 0 ? [] : [der.sequence(...qualifiers)]));
const notice = (text: Uint8Array): Uint8Array => der.sequence(der.oid('1.3.6.1.5.5.7.2.2'), der.sequence(text));
const cps = der.sequence(der.oid('1.3.6.1.5.5.7.2.1'), der.ia5String('http://pki.example/cps'));

const mapping = (from: string, to: string): Uint8Array => der.sequence(der.sequence(der.oid(from), der.oid(to)));
const constraints = (...subtrees: readonly Uint8Array[]): Uint8Array =>
  der.sequence(der.context(0, { constructed: true }, ...subtrees));
const subtree = (...parts: readonly Uint8Array[]): Uint8Array => der.sequence(...parts);
const nameConstraints = '2.5.29.30';
const attributes = der.sequence(der.sequence(der.oid('1.3.6.1.5.5.7.9.4'), der.set(der.printableString('DE'))));

export const policyAndConstraintCases: LintCases = {
  'certificate-policies-not-empty': {
    fails: { 'no policy': policies() },
    passes: { 'one policy': policies(policy(policyA)) },
  },
  'certificate-policies-distinct': {
    fails: { 'a policy twice': policies(policy(policyA), policy(policyB), policy(policyA)) },
    passes: { 'two policies': policies(policy(policyA), policy(policyB, cps)) },
  },
  'explicit-text-form': {
    fails: {
      VisibleString: policies(policy(policyA, notice(der.tlv(tag.visibleString, ascii('Plant devices only'))))),
      '201 characters': policies(policy(policyA, notice(der.utf8String('x'.repeat(201))))),
      'no character': policies(policy(policyA, notice(der.utf8String('')))),
    },
    passes: {
      '200 characters in 400 octets': policies(policy(policyA, notice(der.utf8String('é'.repeat(200))))),
      'no explicitText': policies(policy(policyA, der.sequence(der.oid('1.3.6.1.5.5.7.2.2'), der.sequence()))),
      'a noticeRef and an IA5String': policies(
        policy(
          policyA,
          der.sequence(
            der.oid('1.3.6.1.5.5.7.2.2'),
            der.sequence(
              der.sequence(der.utf8String('Works'), der.sequence(der.integer(1))),
              der.ia5String('Plant only'),
            ),
          ),
        ),
      ),
    },
  },
  'policy-mappings-form': {
    fails: {
      'in an end entity': inLeaf('2.5.29.33', mapping(policyA, policyB), true),
      'not critical': inCa('2.5.29.33', mapping(policyA, policyB), false),
      'from anyPolicy': inCa('2.5.29.33', mapping(anyPolicy, policyB)),
      'to anyPolicy': inCa('2.5.29.33', mapping(policyA, anyPolicy)),
      'no mapping': inCa('2.5.29.33', der.sequence()),
    },
    passes: { 'a mapping in a CA': inCa('2.5.29.33', mapping(policyA, policyB)) },
  },
  'policy-constraints-form': {
    fails: {
      'not critical': inCa('2.5.29.36', der.sequence(der.implicit(0, Uint8Array.of(0))), false),
      empty: inCa('2.5.29.36', der.sequence()),
    },
    passes: { requireExplicitPolicy: inCa('2.5.29.36', der.sequence(der.implicit(0, Uint8Array.of(0)))) },
  },
  'inhibit-any-policy-form': {
    fails: {
      'not critical': inCa('2.5.29.54', der.integer(0), false),
      negative: inCa('2.5.29.54', der.integer(-1)),
    },
    passes: { zero: inCa('2.5.29.54', der.integer(0)) },
  },
  'name-constraints-only-in-ca': {
    fails: { 'in an end entity': inLeaf(nameConstraints, constraints(subtree(dns('plant.example'))), true) },
    passes: { 'in a CA': inCa(nameConstraints, constraints(subtree(dns('plant.example')))) },
  },
  'name-constraints-critical': {
    fails: { 'not critical': inCa(nameConstraints, constraints(subtree(dns('plant.example'))), false) },
    passes: { critical: inCa(nameConstraints, constraints(subtree(dns('plant.example')))) },
  },
  'name-constraints-not-empty': {
    fails: {
      'an empty SEQUENCE': inCa(nameConstraints, der.sequence()),
      'no subtree': inCa(nameConstraints, constraints()),
    },
    passes: {
      'excluded subtrees only': inCa(
        nameConstraints,
        der.sequence(der.context(1, { constructed: true }, subtree(dns('other.example')))),
      ),
    },
  },
  'name-constraints-subtrees': {
    fails: {
      'a minimum': inCa(nameConstraints, constraints(subtree(dns('a.example'), der.implicit(0, Uint8Array.of(1))))),
      'a maximum': inCa(nameConstraints, constraints(subtree(dns('a.example'), der.implicit(1, Uint8Array.of(1))))),
      'an address without mask': inCa(nameConstraints, constraints(subtree(ip(192, 0, 2, 0)))),
      'a leading dot': inCa(nameConstraints, constraints(subtree(dns('.example')))),
      'a wildcard': inCa(nameConstraints, constraints(subtree(dns('*.example')))),
    },
    passes: {
      'an address with mask': inCa(nameConstraints, constraints(subtree(ip(192, 0, 2, 0, 255, 255, 255, 0)))),
      'a directoryName': inCa(
        nameConstraints,
        constraints(subtree(directoryName(name([attribute.organizationName, der.utf8String('Example Works')])))),
      ),
    },
  },
  'subject-directory-attributes-not-critical': {
    fails: { critical: inLeaf('2.5.29.9', attributes, true) },
    passes: { 'not critical': inLeaf('2.5.29.9', attributes) },
  },
};
