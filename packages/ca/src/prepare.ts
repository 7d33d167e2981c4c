/** Step 4: the TBSCertificate from profile and registered identity. Makes a `PreparedCertificate`. */
import type { PublicKey } from '@touchmark/crypto';
import { compileTbsCertificate, extension, keyIdentifierOf } from '@touchmark/x509';
import type { TbsCertificateTemplate } from '@touchmark/x509';
import type { AttemptLog } from './attempt-log.ts';
import type { AuthorizedEnrollment } from './authorize.ts';
import { CaError } from './errors.ts';
import { newSerialNumber, shardOf } from './ids.ts';
import { checkIssuerAllows } from './issuer.ts';
import type { IssuerContent, SigningAuthority } from './issuer.ts';
import type { IssuanceGuard } from './model.ts';
import { resolveNames } from './names.ts';
import { resolveOwnExtensions } from './own-extensions.ts';
import type { RandomBytes } from './ports.ts';
import type { Profile, ProfileRules } from './profile.ts';
import { compileProfile } from './profile/compiled-profile.ts';
import { oidOfPurpose } from './profile/extended-key-usage.ts';
import type { NameSources } from './profile/name-sources.ts';
import type { ExtensionPolicy } from './requested-extensions.ts';
import { statusUrls } from './status-urls.ts';

declare const proof: unique symbol;

/** An unsigned certificate with everything that its record needs; only `prepare` functions make it. */
export interface PreparedCertificate {
  readonly [proof]: 'PreparedCertificate';
  readonly issuer: SigningAuthority;
  readonly profile: { readonly name: string; readonly version: number };
  readonly deviceId: string | undefined;
  readonly serialNumber: Uint8Array;
  readonly notBefore: Date;
  readonly notAfter: Date;
  readonly crlShard: number;
  readonly publicKeySha256: Uint8Array;
  readonly requestDigest: Uint8Array;
  readonly guard: IssuanceGuard;
  readonly tbsCertificateDer: Uint8Array;
  /** Object identifiers of critical extensions that the profile brings in. */
  readonly criticalExtensions?: readonly string[] | undefined;
}

/** Only for the functions of step 4. */
export function prepared(certificate: Omit<PreparedCertificate, typeof proof>): PreparedCertificate {
  return certificate as PreparedCertificate;
}

/** What step 4 makes of a certificate, before it is known for whom it is recorded. */
export interface AssembledCertificate {
  readonly serialNumber: Uint8Array;
  readonly notBefore: Date;
  readonly notAfter: Date;
  readonly crlShard: number;
  readonly tbsCertificateDer: Uint8Array;
  /** Object identifiers of critical extensions that the profile brings in. */
  readonly criticalExtensions: readonly string[];
}

/** What is certified, by which rules and by whom. */
export interface CertificateContent {
  readonly profile: Profile;
  readonly issuer: IssuerContent;
  readonly publicKey: Pick<PublicKey, 'kind' | 'subjectPublicKeyInfoDer'>;
  readonly sources: NameSources;
}

/** How the requests under these rules are judged by the extensions that they ask for. */
export function extensionPolicyOf(rules: ProfileRules): ExtensionPolicy {
  return {
    grantedPurposes: rules.extendedKeyUsage.map(oidOfPurpose),
    extensionsOfAuthorities: rules.extensionsOfAuthorities,
  };
}

/**
 * Prepares certificates by splicing what changes into DER that is encoded once per profile version, authority, key kind
 * and CRL shard.
 */
export class CertificatePreparer {
  readonly #publicUrl: string;
  readonly #randomBytes: RandomBytes;
  /** By identity: rules and issuers never change, what replaces them is another object. */
  readonly #frames = new WeakMap<ProfileRules, WeakMap<IssuerContent, Map<string, TbsCertificateTemplate>>>();

  constructor(publicUrl: string, randomBytes: RandomBytes) {
    this.#publicUrl = publicUrl;
    this.#randomBytes = randomBytes;
  }

  prepare(enrollment: AuthorizedEnrollment, now: Date, log: AttemptLog): PreparedCertificate {
    const { issuer, profile, publicKey, deviceId, device, requested } = enrollment;
    const content = { profile, issuer, publicKey, sources: { deviceId, device, requested } };
    return prepared({
      ...this.assemble(content, now, log),
      issuer,
      profile,
      deviceId,
      publicKeySha256: enrollment.publicKeySha256,
      requestDigest: enrollment.requestDigest,
      guard: enrollment.guard,
    });
  }

  /** The same without a proof that anybody may have it: what a profile would give is tried out so. */
  assemble(
    { profile, issuer, publicKey, sources }: CertificateContent,
    now: Date,
    log: AttemptLog,
  ): AssembledCertificate {
    const names = resolveNames(profile, sources, log);
    checkIssuerAllows(issuer, profile, names);
    const { notBefore, notAfter } = validityAt(now, profile, issuer, log);
    const serialNumber = newSerialNumber(this.#randomBytes);
    const crlShard = shardOf(serialNumber, issuer.authority.crlShards);
    const extensionsDer = [extension.subjectKeyIdentifier(keyIdentifierOf(publicKey.subjectPublicKeyInfoDer))];
    if (names.subjectAltNames.length > 0) {
      extensionsDer.push(extension.subjectAltName(names.subjectAltNames, names.subjectIsEmpty));
    }
    extensionsDer.push(...resolveOwnExtensions(profile, sources));
    const tbsCertificateDer = this.#frameFor(profile.rules, issuer, publicKey.kind, crlShard).encode({
      serialNumber,
      notBefore,
      notAfter,
      subjectDer: names.subjectDer,
      subjectPublicKeyInfoDer: publicKey.subjectPublicKeyInfoDer,
      extensionsDer,
    });
    const { criticalExtensions } = compileProfile(profile.rules);
    return { serialNumber, notBefore, notAfter, crlShard, tbsCertificateDer, criticalExtensions };
  }

  #frameFor(
    rules: ProfileRules,
    issuer: IssuerContent,
    keyKind: PublicKey['kind'],
    crlShard: number,
  ): TbsCertificateTemplate {
    const ofRules = getOrInsert(
      this.#frames,
      rules,
      () => new WeakMap<IssuerContent, Map<string, TbsCertificateTemplate>>(),
    );
    const ofIssuer = getOrInsert(ofRules, issuer, () => new Map<string, TbsCertificateTemplate>());
    return getOrInsert(ofIssuer, `${keyKind} ${crlShard}`, () =>
      compileFrame(rules, issuer, keyKind, this.#publicUrl, crlShard),
    );
  }
}

function getOrInsert<Key, Value>(
  map: { get(key: Key): Value | undefined; set(key: Key, value: Value): unknown },
  key: Key,
  make: () => Value,
): Value {
  let value = map.get(key);
  if (value === undefined) {
    value = make();
    map.set(key, value);
  }
  return value;
}

/** What is the same in every certificate of a profile version, authority, key kind and shard. */
function compileFrame(
  rules: ProfileRules,
  issuer: IssuerContent,
  keyKind: PublicKey['kind'],
  publicUrl: string,
  crlShard: number,
): TbsCertificateTemplate {
  const compiled = compileProfile(rules);
  return compileTbsCertificate({
    signatureAlgorithmDer: issuer.signatureAlgorithm.algorithmIdentifierDer,
    issuerDer: issuer.certificate.subject.der,
    extensionsDerBefore: [
      ...compiled.extensionsFor(keyKind),
      extension.authorityKeyIdentifier(issuer.subjectKeyIdentifier),
      ...(rules.ocspNoCheck ? [extension.ocspNoCheck()] : []),
      ...statusExtensions(issuer, publicUrl, crlShard, rules.statusUrls),
      ...compiled.fixedExtensionsDer,
    ],
  });
}

/** CRL distribution point, OCSP and caIssuers of what this issuer issues. */
export function statusExtensions(
  issuer: IssuerContent,
  publicUrl: string,
  crlShard: number,
  wanted: ProfileRules['statusUrls'] = { crl: true, ocsp: true, caIssuers: true },
): Uint8Array[] {
  const urls = statusUrls(publicUrl, issuer.authority, crlShard);
  return [
    ...(wanted.crl ? [extension.crlDistributionPoints([urls.crl])] : []),
    ...(wanted.ocsp || wanted.caIssuers
      ? [
          extension.authorityInfoAccess({
            ocsp: wanted.ocsp ? [urls.ocsp] : [],
            caIssuers: wanted.caIssuers ? [urls.caIssuers] : [],
          }),
        ]
      : []),
  ];
}

/** Whole seconds; notAfter is inclusive, so the last second is counted (RFC 5280 §4.1.2.5). */
export function validityAt(
  now: Date,
  profile: Profile,
  issuer: IssuerContent,
  log: AttemptLog,
): { notBefore: Date; notAfter: Date } {
  const { seconds, backdateSeconds, outlivingIssuer } = profile.rules.validity;
  const { certificate } = issuer;
  const nowSeconds = Math.floor(now.getTime() / 1000);
  const notBefore = new Date(Math.max((nowSeconds - backdateSeconds) * 1000, certificate.notBefore.getTime()));
  const notAfter = new Date((nowSeconds + seconds - 1) * 1000);
  if (notAfter <= certificate.notAfter) return { notBefore, notAfter };
  const until = certificate.notAfter.toISOString();
  if (outlivingIssuer === 'shorten' && certificate.notAfter.getTime() >= nowSeconds * 1000) {
    log.warn('prepare', `the validity is shortened to that of the issuer, which ends at ${until}`);
    return { notBefore, notAfter: certificate.notAfter };
  }
  throw new CaError(
    'outlivesIssuer',
    `A certificate of the profile "${profile.name}" would be valid until ${notAfter.toISOString()}, longer than its issuer (${until}).`,
  );
}
