/** Whether a name lies in a subtree of name constraints (RFC 5280 §4.2.1.10), and a whole certificate within them (§6.1.3). */
import { rfc5280 } from '@touchmark/asn1';
import type { NameConstraints, NameSubtree } from '../extensions/name-constraints.ts';
import type { GeneralName } from './general-name.ts';
import { encodeGeneralName } from './general-name.ts';
import { parseIpAddress } from './ip-address.ts';
import { isInNetwork, parseIpNetwork } from './ip-network.ts';
import { sameRdn } from './name.ts';
import type { AttributeTypeAndValue, Name, RelativeDistinguishedName } from './name.ts';

/** All names of a certificate that constraints speak about. */
export interface ConstrainedNames {
  readonly subject: Name;
  readonly subjectAltNames: readonly GeneralName[];
}

/** The first name that the constraints do not let through, and why; undefined: all are let through. */
export interface NameConstraintViolation {
  readonly name: GeneralName;
  /** Undefined: it lies in none of the permitted subtrees of its kind. */
  readonly excludedBy: NameSubtree | undefined;
}

/**
 * RFC 5280 §6.1.3 (b) and (c). Where a relying party may read the rules in two ways, the name is refused: a wildcard is
 * within an excluded subtree when any name that it stands for is, and distinguished names are compared loosely with
 * excluded subtrees, strictly with permitted ones.
 */
export function findNameConstraintViolation(
  { permittedSubtrees, excludedSubtrees }: NameConstraints,
  names: ConstrainedNames,
): NameConstraintViolation | undefined {
  for (const name of constrainedNames(names)) {
    const excludedBy = excludedSubtrees.find((base) => isOfKind(name, base) && mayLieIn(name, base));
    if (excludedBy !== undefined) return { name, excludedBy };
    const permitted = permittedSubtrees.filter((base) => isOfKind(name, base));
    if (permitted.length > 0 && !permitted.some((base) => surelyLiesIn(name, base)))
      return { name, excludedBy: undefined };
  }
  return undefined;
}

/** §4.2.1.10: the subject unless it is empty, the alternative names, and the emailAddress of a subject without any. */
function constrainedNames({ subject, subjectAltNames }: ConstrainedNames): GeneralName[] {
  const names: GeneralName[] = [...subjectAltNames];
  if (subject.rdns.length > 0) names.push({ kind: 'directoryName', name: subject });
  if (!subjectAltNames.some(({ kind }) => kind === 'email')) {
    for (const { oid, value } of subject.rdns.flat()) {
      if (oid === rfc5280['id-emailAddress']) names.push({ kind: 'email', value });
    }
  }
  return names;
}

function isOfKind(name: GeneralName, base: NameSubtree): boolean {
  if (base.kind !== 'other') return name.kind === base.kind;
  return (name.kind === 'registeredId' || name.kind === 'other') && encodeGeneralName(name)[0] === base.der[0];
}

function surelyLiesIn(name: GeneralName, base: NameSubtree): boolean {
  return liesIn(name, base, 'surely');
}

function mayLieIn(name: GeneralName, base: NameSubtree): boolean {
  return liesIn(name, base, 'perhaps');
}

type Certainty = 'surely' | 'perhaps';

/** For what cannot be told, the answer is the one that refuses. */
function liesIn(name: GeneralName, base: NameSubtree, certainty: Certainty): boolean {
  const refusing = certainty === 'perhaps';
  switch (name.kind) {
    case 'dns':
      return base.kind === 'dns' ? isDnsNameIn(name.value, base.value, certainty) : refusing;
    case 'email':
      return base.kind === 'email' ? isMailboxIn(name.value, base.value, certainty) : refusing;
    case 'uri':
      return base.kind === 'uri' ? isUriIn(name.value, base.value, refusing) : refusing;
    case 'ip': {
      const address = parseIpAddress(name.value);
      const network = base.kind === 'ip' ? parseIpNetwork(base.value) : undefined;
      return address === undefined || network === undefined ? refusing : isInNetwork(address, network);
    }
    case 'directoryName':
      return base.kind === 'directoryName' ? isNameIn(name.name, base.name, certainty) : refusing;
    // RFC 5280 §4.2.1.10 gives no rule for these: a constraint on their kind lets none through.
    case 'registeredId':
    case 'other':
      return refusing;
  }
}

/** "Any DNS name that can be constructed by simply adding zero or more labels to the left-hand side". */
function isDnsNameIn(value: string, base: string, certainty: Certainty): boolean {
  const name = labelsOf(value);
  const labels = labelsOf(base.replace(/^\./, ''));
  // Some write a leading period where names below are meant, and not the name itself.
  if (endsIn(name, labels)) return certainty === 'perhaps' || !base.startsWith('.') || name.length > labels.length;
  // `*.example.com` stands for names of which an excluded `host.example.com` may be one.
  return certainty === 'perhaps' && name[0] === '*' && labels.length === name.length && endsIn(labels, name.slice(1));
}

function labelsOf(text: string): string[] {
  return text === '' ? [] : text.toLowerCase().replace(/\.$/, '').split('.');
}

function endsIn(name: readonly string[], suffix: readonly string[]): boolean {
  const skipped = name.length - suffix.length;
  return skipped >= 0 && suffix.every((label, index) => label === name[skipped + index]);
}

/** Local parts may differ by case (RFC 5321 §2.4), which few hosts care for; hosts do not. */
function isMailboxIn(mailbox: string, base: string, certainty: Certainty): boolean {
  if (!base.includes('@')) return isHostIn(mailbox.slice(mailbox.lastIndexOf('@') + 1), base);
  const fold = (address: string): string => {
    const at = address.lastIndexOf('@');
    const localPart = address.slice(0, at);
    return (certainty === 'perhaps' ? localPart.toLowerCase() : localPart) + address.slice(at).toLowerCase();
  };
  return fold(mailbox) === fold(base);
}

/** "If a constraint is applied to the uniformResourceIdentifier form and [it] does not include an authority component with a host name … reject". */
function isUriIn(uri: string, base: string, refusing: boolean): boolean {
  const host = /^[A-Za-z][A-Za-z0-9+.-]*:\/\/(?:[^/?#@]*@)?([A-Za-z0-9._-]+)(?::\d*)?(?:[/?#]|$)/.exec(uri)?.[1];
  if (host === undefined || /^[\d.]+$/.test(host)) return refusing;
  return isHostIn(host, base);
}

/** With a leading period every host below, without one that very host. */
function isHostIn(host: string, base: string): boolean {
  const lowerHost = host.toLowerCase();
  const lowerBase = base.toLowerCase();
  return lowerBase.startsWith('.') ? lowerHost.endsWith(lowerBase) : lowerHost === lowerBase;
}

/** The relative distinguished names of the base are the first of the name. */
function isNameIn(name: Name, base: Name, certainty: Certainty): boolean {
  const same = certainty === 'surely' ? sameRdn : alikeRdn;
  return base.rdns.length <= name.rdns.length && base.rdns.every((rdn, index) => same(rdn, name.rdns[index] ?? []));
}

/** RFC 5280 §7.1: without regard to case, and to how many blanks there are. */
function alikeRdn(a: RelativeDistinguishedName, b: RelativeDistinguishedName): boolean {
  const isIn = (rdn: RelativeDistinguishedName) => (attribute: AttributeTypeAndValue) =>
    rdn.some((other) => attribute.oid === other.oid && folded(attribute) === folded(other));
  return a.length === b.length && a.every(isIn(b)) && b.every(isIn(a));
}

function folded({ value }: AttributeTypeAndValue): string {
  return value.normalize('NFKC').trim().replaceAll(/\s+/gu, ' ').toLowerCase();
}
