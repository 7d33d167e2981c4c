/** Making authorities: their certificates take the same way as all others, prepared, linted, recorded, signed. */
import { toHex } from '@touchmark/asn1';
import { sha256 } from '@touchmark/crypto';
import type { Signer } from '@touchmark/crypto';
import { NameError, encodeName, encodeTbsCertificate, extension, keyIdentifierOf, parseName } from '@touchmark/x509';
import type { KeyUsageBit, NameAttribute, NameConstraints } from '@touchmark/x509';
import { AttemptLog } from './attempt-log.ts';
import { CaError } from './errors.ts';
import { newSerialNumber, shardOf, uuidV7, uuidV8 } from './ids.ts';
import type { Issuance } from './issuance.ts';
import { checkInUse } from './issuer.ts';
import type { Issuer, SigningAuthority } from './issuer.ts';
import { lintCertificate } from './lint-certificate.ts';
import type { Authority, AuthoritySettings } from './model.ts';
import { checkText } from './name-policy.ts';
import { checkNameConstraints, checkPathLength } from './path-constraints.ts';
import type { PathConstraints } from './path-constraints.ts';
import type { Clock, IssuanceRegistry, RandomBytes } from './ports.ts';
import { prepared, statusExtensions } from './prepare.ts';
import { checkResponderName } from './responder-name.ts';
import type { SigningGate } from './signing-gate.ts';

/** What an authority is to be; of its key only the algorithm is known before it is made. */
export interface AuthorityPlan {
  readonly name: string;
  readonly kind: Authority['kind'];
  /** From the most general attribute to the most specific, as it is encoded. */
  readonly subject: readonly NameAttribute[];
  /** Undefined for a root, which signs itself. */
  readonly issuer: Issuer | undefined;
  readonly validitySeconds: number;
  /** How many authorities may follow below it in a chain; undefined: any number. */
  readonly pathLength: number | undefined;
  readonly nameConstraints: NameConstraints | undefined;
  /** Of its key, beside signing certificates and CRLs. */
  readonly messageUsages: readonly MessageUsage[];
  readonly settings: AuthoritySettings;
}

/** What the key of an authority may do with messages, where it reads and signs those of SCEP itself (RFC 8894 §2.1.2). */
export const messageUsages = ['digitalSignature', 'keyEncipherment'] as const satisfies readonly KeyUsageBit[];
export type MessageUsage = (typeof messageUsages)[number];

export interface NewAuthority extends AuthorityPlan {
  /** The new authority's own key, with the algorithm that it is to sign with. */
  readonly signer: Signer;
  readonly keyId: string;
}

export interface HierarchyDependencies {
  readonly registry: IssuanceRegistry;
  readonly issuance: Issuance;
  readonly gate: SigningGate;
  readonly clock: Clock;
  readonly randomBytes: RandomBytes;
  readonly publicUrl: string;
}

/** Who wants an authority, and from where. */
export interface HierarchyActor {
  readonly principal: string;
  readonly remoteAddress: string | undefined;
}

const system: HierarchyActor = { principal: 'system', remoteAddress: undefined };
const backdateSeconds = 300;

/**
 * The authority with its certificate, which is in the registry; to be inserted by the caller. After a crash in between, the
 * same plan with the same key gives the same authority again: nothing is made twice.
 */
export async function createAuthority(
  wanted: NewAuthority,
  dependencies: HierarchyDependencies,
  actor = system,
): Promise<Authority> {
  const { registry, issuance, gate } = dependencies;
  const now = gate.now();
  checkAuthorityPlan(wanted, now);
  const log = openLog(actor, now, dependencies);
  const guard = {
    spendSecretId: undefined,
    unrevokedCertificateId: undefined,
    deviceId: undefined,
    registration: 'none' as const,
    authorityInUse: wanted.issuer !== undefined,
  };
  const spki = wanted.signer.subjectPublicKeyInfoDer;
  const self: SigningAuthority = {
    // Follows from the key, so that a repeated creation finds the first.
    authority: { id: uuidV8(sha256(spki)), name: wanted.name, keyId: wanted.keyId, state: 'active' },
    publicKey: wanted.signer.publicKey,
    signatureAlgorithm: wanted.signer.algorithm,
  };
  const signing = wanted.issuer ?? self;
  const requestDigest = digestOf(wanted);
  const { outcome } = await registry.findDossier({
    credential: undefined,
    publicKeySha256: sha256(spki),
    deviceId: undefined,
    requestDigest,
  });
  const earlier = await issuance.resume(outcome, signing, guard, log);
  const certificate =
    earlier ??
    (await issuance.issue(
      lintCertificate(
        prepared({ ...prepareAuthority(wanted, dependencies, now), issuer: signing, requestDigest, guard }),
        log,
      ),
      log,
    ));
  return {
    ...wanted.settings,
    id: self.authority.id,
    name: wanted.name,
    kind: wanted.kind,
    issuerId: wanted.issuer?.authority.id,
    certificateDer: certificate.certificateDer,
    keyId: wanted.keyId,
    signatureAlgorithm: wanted.signer.algorithm.name,
    revision: 1,
  };
}

/**
 * Everything that can be said against an authority before it has a key.
 *
 * @throws CaError `invalidArgument`, `nameInvalid`, `outlivesIssuer`, `authorityRetired`, `pathLengthExceeded` or
 *   `nameConstraintViolated`
 */
export function checkAuthorityPlan(plan: AuthorityPlan, now: Date): void {
  if (!/^[a-z0-9](?:[a-z0-9-]{0,61}[a-z0-9])?$/.test(plan.name)) {
    throw new CaError(
      'invalidArgument',
      'The name of an authority stands in URLs: use lower-case letters, digits and inner hyphens.',
    );
  }
  for (const { attribute, value } of plan.subject) checkText(attribute, value);
  const subject = parseName(encodeSubject(plan));
  encodeExtensions(plan);
  const { issuer } = plan;
  checkResponderName(constraintsUnder(plan), plan.name, subject);
  if (issuer === undefined) return;
  checkInUse(issuer);
  checkPathLength(issuer.constraints, issuer.authority.name, plan.pathLength);
  checkNameConstraints(issuer.constraints, { subject, subjectAltNames: [] });
  if (validityOf(plan, now).notAfter > issuer.certificate.notAfter) {
    throw new CaError(
      'outlivesIssuer',
      `The authority "${plan.name}" would be valid longer than its issuer, which ends on ${issuer.certificate.notAfter.toISOString()}. Shorten its validity.`,
    );
  }
}

/** What will hold for what the new authority issues. */
function constraintsUnder({ name, issuer, nameConstraints }: AuthorityPlan): PathConstraints {
  const own = nameConstraints === undefined ? [] : [{ authorityName: name, constraints: nameConstraints }];
  return {
    nameConstraints: [...(issuer?.constraints.nameConstraints ?? []), ...own],
    remainingPathLength: undefined,
  };
}

function openLog(actor: HierarchyActor, now: Date, { clock, randomBytes }: HierarchyDependencies): AttemptLog {
  const isSystem = actor.principal === system.principal;
  const log = new AttemptLog(
    {
      id: uuidV7(now, randomBytes),
      protocol: isSystem ? 'system' : 'rest',
      operation: 'issue',
      endpointLabel: undefined,
      remoteAddress: actor.remoteAddress,
      principal: actor.principal,
    },
    clock,
  );
  log.actor = isSystem ? 'system' : `principal:${actor.principal}`;
  return log;
}

/** The same wish for the same key is the same request. */
function digestOf(wanted: NewAuthority): Uint8Array {
  const { kind, name, signer, issuer, validitySeconds, settings } = wanted;
  const text = JSON.stringify([
    'touchmark authority 2',
    kind,
    name,
    issuer?.authority.id ?? null,
    toHex(encodeSubject(wanted)),
    encodeExtensions(wanted).map(toHex),
    validitySeconds,
    settings.crlShards,
    signer.algorithm.name,
    toHex(signer.subjectPublicKeyInfoDer),
  ]);
  return sha256(new TextEncoder().encode(text));
}

function encodeSubject({ subject }: AuthorityPlan): Uint8Array {
  if (subject.length === 0) {
    // RFC 5280 §4.1.2.6: the subject of a CA is not empty.
    throw new CaError('invalidArgument', 'An authority needs a subject: give one attribute at least.');
  }
  return encoded(() => encodeName(subject));
}

/** RFC 5280 §4.2.1.3, §4.2.1.9 and §4.2.1.10; the ready hierarchy has a path length of 0 and no extended key usage. */
function encodeExtensions({ pathLength, nameConstraints, messageUsages }: AuthorityPlan): Uint8Array[] {
  return encoded(() => [
    extension.basicConstraints({ cA: true, pathLenConstraint: pathLength }),
    extension.keyUsage(['keyCertSign', 'cRLSign', ...messageUsages]),
    ...(nameConstraints === undefined ? [] : [extension.nameConstraints(nameConstraints)]),
  ]);
}

function encoded<T>(encode: () => T): T {
  try {
    return encode();
  } catch (error) {
    if (error instanceof NameError || error instanceof RangeError) {
      const sentence = error.message.charAt(0).toUpperCase() + error.message.slice(1);
      throw new CaError('invalidArgument', `${sentence}.`, { cause: error });
    }
    throw error;
  }
}

function validityOf({ issuer, validitySeconds }: AuthorityPlan, now: Date) {
  const nowSeconds = Math.floor(now.getTime() / 1000);
  const notBefore = Math.max((nowSeconds - backdateSeconds) * 1000, issuer?.certificate.notBefore.getTime() ?? 0);
  return { notBefore: new Date(notBefore), notAfter: new Date((nowSeconds + validitySeconds - 1) * 1000) };
}

function prepareAuthority(wanted: NewAuthority, dependencies: HierarchyDependencies, now: Date) {
  const { signer, issuer } = wanted;
  const validity = validityOf(wanted, now);
  const serialNumber = newSerialNumber(dependencies.randomBytes);
  const crlShard = issuer === undefined ? 0 : shardOf(serialNumber, issuer.authority.crlShards);
  const subjectDer = encodeSubject(wanted);
  const tbsCertificateDer = encodeTbsCertificate({
    serialNumber,
    signatureAlgorithmDer: (issuer?.signatureAlgorithm ?? signer.algorithm).algorithmIdentifierDer,
    issuerDer: issuer?.certificate.subject.der ?? subjectDer,
    ...validity,
    subjectDer,
    subjectPublicKeyInfoDer: signer.subjectPublicKeyInfoDer,
    extensionsDer: [
      ...encodeExtensions(wanted),
      extension.subjectKeyIdentifier(keyIdentifierOf(signer.subjectPublicKeyInfoDer)),
      ...(issuer === undefined
        ? []
        : [
            extension.authorityKeyIdentifier(issuer.subjectKeyIdentifier),
            ...statusExtensions(issuer, dependencies.publicUrl, crlShard),
          ]),
    ],
  });
  return {
    profile: { name: `authority-${wanted.kind}`, version: 1 },
    deviceId: undefined,
    serialNumber,
    ...validity,
    crlShard,
    publicKeySha256: sha256(signer.subjectPublicKeyInfoDer),
    tbsCertificateDer,
  };
}
