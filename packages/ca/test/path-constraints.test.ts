/** RFC 5280 §4.2.1.9, §4.2.1.10 and §6.1, before anything is signed. */
import { describe, expect, it } from '@jest/globals';
import { encodeName, extension, parseDistinguishedName, parseExtension, parseName } from '@touchmark/x509';
import type { GeneralName, NameConstraints } from '@touchmark/x509';
import { CaError } from '../src/errors.ts';
import { checkNameConstraints, checkPathLength, constraintsBelow } from '../src/path-constraints.ts';
import type { PathConstraints } from '../src/path-constraints.ts';
import { checkResponderName, responderSubject } from '../src/responder-name.ts';

const nameOf = (text: string) => parseName(encodeName(parseDistinguishedName(text)));
const dns = (value: string) => ({ kind: 'dns', value }) as const;

interface Ca {
  readonly pathLength?: number;
  readonly permitted?: NameConstraints['permittedSubtrees'];
  readonly excluded?: NameConstraints['excludedSubtrees'];
}

/** What holds below the last of these authorities, the root first. */
function below(...authorities: readonly Ca[]): PathConstraints {
  let constraints: PathConstraints | undefined;
  for (const [index, { pathLength, permitted = [], excluded = [] }] of authorities.entries()) {
    const extensions = [extension.basicConstraints({ cA: true, pathLenConstraint: pathLength })];
    if (permitted.length + excluded.length > 0) {
      extensions.push(extension.nameConstraints({ permittedSubtrees: permitted, excludedSubtrees: excluded }));
    }
    constraints = constraintsBelow({ extensions: extensions.map(parseExtension) }, `ca-${index}`, constraints);
  }
  return constraints!;
}

function outcome(check: () => void): string {
  try {
    check();
    return 'allowed';
  } catch (error) {
    if (error instanceof CaError) return `${error.code}: ${error.message}`;
    throw error;
  }
}

describe('the path length that is left', () => {
  it.each<[string, readonly Ca[], number | undefined]>([
    ['of a root without one', [{}], undefined],
    ['of a root with one', [{ pathLength: 2 }], 2],
    ['of an issuing authority', [{}, { pathLength: 0 }], 0],
    ['below a root with one', [{ pathLength: 2 }, {}], 1],
    ['is that of the shortest', [{ pathLength: 1 }, { pathLength: 5 }], 0],
    ['of its own where that is shorter', [{ pathLength: 5 }, { pathLength: 1 }], 1],
    ['never goes below nought', [{ pathLength: 0 }, {}, {}], 0],
  ])('%s', (_, authorities, expected) => {
    expect(below(...authorities).remainingPathLength).toBe(expected);
  });

  it.each<[number | undefined, number | undefined, string]>([
    [undefined, undefined, 'allowed'],
    [undefined, 7, 'allowed'],
    [2, 1, 'allowed'],
    [2, 0, 'allowed'],
    [2, 2, 'pathLengthExceeded'],
    [2, undefined, 'pathLengthExceeded'],
    [1, 0, 'allowed'],
    [0, 0, 'pathLengthExceeded'],
    [0, undefined, 'pathLengthExceeded'],
  ])('%p lets an authority of %p follow: %s', (remaining, wanted, expected) => {
    const constraints = { nameConstraints: [], remainingPathLength: remaining };
    expect(outcome(() => checkPathLength(constraints, 'issuing', wanted))).toMatch(new RegExp(`^${expected}`));
  });
});

describe('name constraints', () => {
  const check = (constraints: PathConstraints, subjectAltNames: readonly GeneralName[]) =>
    outcome(() => checkNameConstraints(constraints, { subject: nameOf('CN=pump-1,O=Example'), subjectAltNames }));

  it.each<[string, readonly Ca[], GeneralName, string]>([
    ['of nobody', [{}, {}], dns('a.org'), 'allowed'],
    ['of the root hold for devices', [{ permitted: [dns('example.com')] }, {}], dns('a.org'), 'ca-0'],
    ['of the issuer hold', [{}, { excluded: [dns('example.com')] }], dns('a.example.com'), 'ca-1'],
    [
      'of all must be met',
      [{ permitted: [dns('example.com')] }, { permitted: [dns('plant.example.com')] }],
      dns('office.example.com'),
      'ca-1',
    ],
    [
      'of an authority do not widen those above it',
      [{ permitted: [dns('example.com')] }, { permitted: [dns('example.org')] }],
      dns('a.example.org'),
      'ca-0',
    ],
    [
      'are met by a name within all of them',
      [
        { permitted: [dns('example.com')] },
        { permitted: [dns('plant.example.com')], excluded: [dns('test.plant.example.com')] },
      ],
      dns('pump.plant.example.com'),
      'allowed',
    ],
  ])('%s', (_, authorities, name, expected) => {
    const result = check(below(...authorities), [name]);
    if (expected === 'allowed') return expect(result).toBe('allowed');
    expect(result).toMatch(/^nameConstraintViolated: /);
    expect(result).toContain(`"${expected}"`);
  });

  it('say what, why and how to mend it', () => {
    const result = check(below({ permitted: [dns('example.com'), dns('example.net')] }), [dns('a.org')]);
    expect(result).toBe(
      'nameConstraintViolated: The dns name "a.org" is in none of the subtrees that the authority "ca-0" permits ("example.com", "example.net"). Use a name within them, or another authority.',
    );
  });
});

describe('the responder of an authority', () => {
  const subject = nameOf('CN=Plant CA,OU=Plant 7,O=Example,L=Ulm,C=DE');

  it('has the organisation of the authority', () => {
    expect(parseName(encodeName(responderSubject('plant', subject)))).toEqual(
      nameOf('CN=OCSP responder of plant,OU=Plant 7,O=Example,L=Ulm,C=DE'),
    );
  });

  it('has a commonName that fits, however long the name of the authority', () => {
    expect(() => encodeName(responderSubject('a'.repeat(63), subject))).not.toThrow();
  });

  it.each<[string, Ca, string]>([
    [
      'O=Example,L=Ulm,C=DE',
      { permitted: [{ kind: 'directoryName', name: nameOf('O=Example,L=Ulm,C=DE') }] },
      'allowed',
    ],
    [
      'another organisation',
      { permitted: [{ kind: 'directoryName', name: nameOf('O=Other,C=DE') }] },
      'nameConstraintViolated',
    ],
    ['DNS names only', { permitted: [dns('example.com')] }, 'allowed'],
  ])('that permits %s: %s', (_, authority, expected) => {
    expect(outcome(() => checkResponderName(below(authority), 'plant', subject))).toMatch(new RegExp(`^${expected}`));
  });
});
