/** What the chain above a certificate allows it: its names, and how many authorities may stand below. */
import { rfc5280 } from '@touchmark/asn1';
import {
  findExtension,
  findNameConstraintViolation,
  formatName,
  parseBasicConstraints,
  parseNameConstraints,
} from '@touchmark/x509';
import type { Certificate, ConstrainedNames, GeneralName, NameConstraints, NameSubtree } from '@touchmark/x509';
import { CaError } from './errors.ts';

export interface PathConstraints {
  /** Of the authorities from the root down, each with its name. */
  readonly nameConstraints: readonly { readonly authorityName: string; readonly constraints: NameConstraints }[];
  /** How many authorities may follow in a chain; undefined: as many as one likes. */
  readonly remainingPathLength: number | undefined;
}

/**
 * What holds below this certificate: its own constraints and all that hold for itself (RFC 5280 §6.1.4). Those of the root
 * count too, although §6.1.1 leaves it to the relying party whether a trust anchor has any.
 */
export function constraintsBelow(
  certificate: Pick<Certificate, 'extensions'>,
  authorityName: string,
  above: PathConstraints | undefined,
): PathConstraints {
  const names = findExtension(certificate, rfc5280['id-ce-nameConstraints']);
  const own = names === undefined ? [] : [{ authorityName, constraints: parseNameConstraints(names.value) }];
  return {
    nameConstraints: [...(above?.nameConstraints ?? []), ...own],
    remainingPathLength: shorter(pathLengthOf(certificate), oneLess(above?.remainingPathLength)),
  };
}

function pathLengthOf(certificate: Pick<Certificate, 'extensions'>): number | undefined {
  const basic = findExtension(certificate, rfc5280['id-ce-basicConstraints']);
  return basic === undefined ? 0 : parseBasicConstraints(basic.value).pathLenConstraint;
}

function oneLess(length: number | undefined): number | undefined {
  return length === undefined ? undefined : Math.max(0, length - 1);
}

function shorter(a: number | undefined, b: number | undefined): number | undefined {
  if (a === undefined || b === undefined) return a ?? b;
  return Math.min(a, b);
}

/** @throws CaError `nameConstraintViolated` */
export function checkNameConstraints({ nameConstraints }: PathConstraints, names: ConstrainedNames): void {
  for (const { authorityName, constraints } of nameConstraints) {
    const violation = findNameConstraintViolation(constraints, names);
    if (violation === undefined) continue;
    const { name, excludedBy } = violation;
    throw new CaError(
      'nameConstraintViolated',
      excludedBy === undefined
        ? `The ${show(name)} is in none of the subtrees that the authority "${authorityName}" permits (${permitted(constraints, name)}). Use a name within them, or another authority.`
        : `The ${show(name)} is in the subtree ${showSubtree(excludedBy)} that the authority "${authorityName}" excludes. Use another name, or another authority.`,
    );
  }
}

/**
 * @param pathLength of the authority to be made; undefined: no constraint of its own
 * @throws CaError `pathLengthExceeded`
 */
export function checkPathLength(
  { remainingPathLength }: PathConstraints,
  issuerName: string,
  pathLength: number | undefined,
): void {
  if (remainingPathLength === undefined) return;
  if (remainingPathLength === 0) {
    throw new CaError(
      'pathLengthExceeded',
      `The path length of the authority "${issuerName}" is 0: it certifies devices, and no authority. Let an authority above it certify the new one.`,
    );
  }
  if (pathLength === undefined || pathLength >= remainingPathLength) {
    throw new CaError(
      'pathLengthExceeded',
      `Below the authority "${issuerName}" the path length can be ${remainingPathLength - 1} at most, not ${pathLength ?? 'unlimited'}.`,
    );
  }
}

function permitted({ permittedSubtrees }: NameConstraints, name: GeneralName): string {
  return permittedSubtrees
    .filter(({ kind }) => kind === name.kind)
    .slice(0, 8)
    .map(showSubtree)
    .join(', ');
}

function show(name: GeneralName): string {
  switch (name.kind) {
    case 'directoryName':
      return `subject ${JSON.stringify(formatName(name.name).slice(0, 200))}`;
    case 'dns':
    case 'uri':
    case 'email':
    case 'ip':
      return `${name.kind} name ${JSON.stringify(name.value.slice(0, 200))}`;
    case 'registeredId':
    case 'other':
      return `${name.kind} name`;
  }
}

function showSubtree(subtree: NameSubtree): string {
  switch (subtree.kind) {
    case 'directoryName':
      return JSON.stringify(formatName(subtree.name));
    case 'dns':
    case 'uri':
    case 'email':
    case 'ip':
      return JSON.stringify(subtree.value);
    case 'other':
      return 'of another kind';
  }
}
