/** Making authorities: their certificates take the same way as all others, prepared, linted, recorded, signed. */
import { sha256 } from '@touchmark/crypto';
import type { Signer } from '@touchmark/crypto';
import { encodeName, encodeTbsCertificate, extension, keyIdentifierOf } from '@touchmark/x509';
import { AttemptLog } from './attempt-log.ts';
import { CaError } from './errors.ts';
import { newSerialNumber, shardOf, uuidV7, uuidV8 } from './ids.ts';
import type { Issuance } from './issuance.ts';
import type { Issuer, SigningAuthority } from './issuer.ts';
import { lintCertificate } from './lint-certificate.ts';
import type { Authority, AuthoritySettings } from './model.ts';
import { checkText } from './name-policy.ts';
import type { Clock, IssuanceRegistry, RandomBytes } from './ports.ts';
import { prepared, statusExtensions } from './prepare.ts';
import type { SigningGate } from './signing-gate.ts';

export interface NewAuthority {
  readonly name: string;
  readonly kind: Authority['kind'];
  readonly subject: Parameters<typeof encodeName>[0];
  /** The new authority's own key, with the algorithm that it is to sign with. */
  readonly signer: Signer;
  readonly keyId: string;
  /** Undefined for a root, which signs itself. */
  readonly issuer: Issuer | undefined;
  readonly validitySeconds: number;
  readonly settings: AuthoritySettings;
}

export interface HierarchyDependencies {
  readonly registry: IssuanceRegistry;
  readonly issuance: Issuance;
  readonly gate: SigningGate;
  readonly clock: Clock;
  readonly randomBytes: RandomBytes;
  readonly publicUrl: string;
}

const backdateSeconds = 300;

/**
 * The authority with its certificate, which is in the registry; to be inserted by the caller. After a crash in between, the
 * same key and name give the same authority again: nothing is made twice.
 */
export async function createAuthority(wanted: NewAuthority, dependencies: HierarchyDependencies): Promise<Authority> {
  const { registry, issuance, gate, clock, randomBytes } = dependencies;
  if (!/^[a-z0-9](?:[a-z0-9-]{0,61}[a-z0-9])?$/.test(wanted.name)) {
    throw new CaError(
      'invalidArgument',
      'The name of an authority stands in URLs: use lower-case letters, digits and inner hyphens.',
    );
  }
  for (const { attribute, value } of wanted.subject) checkText(attribute, value);
  const now = gate.now();
  const spki = wanted.signer.subjectPublicKeyInfoDer;
  const digest = sha256(Buffer.concat([Buffer.from(`touchmark authority 1 ${wanted.kind} ${wanted.name}\n`), spki]));
  const log = new AttemptLog(
    {
      id: uuidV7(now, randomBytes),
      protocol: 'system',
      operation: 'issue',
      endpointLabel: undefined,
      remoteAddress: undefined,
      principal: 'system',
    },
    clock,
  );
  log.actor = 'system';
  const guard = {
    spendSecretId: undefined,
    unrevokedCertificateId: undefined,
    deviceId: undefined,
    registration: 'none' as const,
  };
  // Follows from the key, so that a repeated creation finds the first.
  const id = uuidV8(sha256(spki));
  const self: SigningAuthority = {
    authority: { id, name: wanted.name, keyId: wanted.keyId },
    publicKey: wanted.signer.publicKey,
    signatureAlgorithm: wanted.signer.algorithm,
  };
  const signing = wanted.issuer ?? self;
  const { outcome } = await registry.findDossier({
    credential: undefined,
    publicKeySha256: sha256(spki),
    deviceId: undefined,
    requestDigest: digest,
  });
  const earlier = await issuance.resume(outcome, signing, guard, log);
  const certificate =
    earlier ??
    (await issuance.issue(
      lintCertificate(
        prepared({ ...prepareAuthority(wanted, dependencies, now), issuer: signing, requestDigest: digest, guard }),
        log,
      ),
      log,
    ));
  return {
    ...wanted.settings,
    id,
    name: wanted.name,
    kind: wanted.kind,
    issuerId: wanted.issuer?.authority.id,
    certificateDer: certificate.certificateDer,
    keyId: wanted.keyId,
    signatureAlgorithm: wanted.signer.algorithm.name,
    revision: 1,
  };
}

/** RFC 5280 §4.2.1: an issuing CA has pathLen 0, no extended key usage, keyCertSign and cRLSign. */
function prepareAuthority(wanted: NewAuthority, dependencies: HierarchyDependencies, now: Date) {
  const { signer, issuer } = wanted;
  const nowSeconds = Math.floor(now.getTime() / 1000);
  const notBefore = new Date(
    Math.max((nowSeconds - backdateSeconds) * 1000, issuer?.certificate.notBefore.getTime() ?? 0),
  );
  const notAfter = new Date((nowSeconds + wanted.validitySeconds - 1) * 1000);
  if (issuer !== undefined && notAfter > issuer.certificate.notAfter) {
    throw new CaError('outlivesIssuer', `The authority "${wanted.name}" would be valid longer than its issuer.`);
  }
  const serialNumber = newSerialNumber(dependencies.randomBytes);
  const crlShard = issuer === undefined ? 0 : shardOf(serialNumber, issuer.authority.crlShards);
  const subjectDer = encodeName(wanted.subject);
  const keyIdentifier = keyIdentifierOf(signer.subjectPublicKeyInfoDer);
  const tbsCertificateDer = encodeTbsCertificate({
    serialNumber,
    signatureAlgorithmDer: (issuer?.signatureAlgorithm ?? signer.algorithm).algorithmIdentifierDer,
    issuerDer: issuer?.certificate.subject.der ?? subjectDer,
    notBefore,
    notAfter,
    subjectDer,
    subjectPublicKeyInfoDer: signer.subjectPublicKeyInfoDer,
    extensionsDer: [
      extension.basicConstraints(wanted.kind === 'issuing' ? { cA: true, pathLenConstraint: 0 } : { cA: true }),
      extension.keyUsage(['keyCertSign', 'cRLSign']),
      extension.subjectKeyIdentifier(keyIdentifier),
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
    notBefore,
    notAfter,
    crlShard,
    publicKeySha256: sha256(signer.subjectPublicKeyInfoDer),
    tbsCertificateDer,
  };
}
