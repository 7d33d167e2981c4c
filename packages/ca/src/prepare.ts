/** Step 4: the TBSCertificate from profile and registered identity. Makes a `PreparedCertificate`. */
import { rfc5280, rfc6402, rfc6960 } from '@touchmark/asn1';
import type { PublicKey } from '@touchmark/crypto';
import { compileTbsCertificate, extension, keyIdentifierOf } from '@touchmark/x509';
import type { KeyUsageBit, TbsCertificateTemplate } from '@touchmark/x509';
import type { AttemptLog } from './attempt-log.ts';
import type { AuthorizedEnrollment } from './authorize.ts';
import { CaError } from './errors.ts';
import { newSerialNumber, shardOf } from './ids.ts';
import type { Issuer, SigningAuthority } from './issuer.ts';
import type { IssuanceGuard } from './model.ts';
import { resolveNames } from './names.ts';
import type { RandomBytes } from './ports.ts';
import type { Profile, ProfileRules } from './profile.ts';
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
}

/** Only for the functions of step 4. */
export function prepared(certificate: Omit<PreparedCertificate, typeof proof>): PreparedCertificate {
  return certificate as PreparedCertificate;
}

const extendedKeyUsageOids: Record<ProfileRules['extendedKeyUsage'][number], string> = {
  clientAuth: rfc5280['id-kp-clientAuth'],
  serverAuth: rfc5280['id-kp-serverAuth'],
  OCSPSigning: rfc6960['id-kp-OCSPSigning'],
  cmcRA: rfc6402['id-kp-cmcRA'],
};

/**
 * Prepares certificates by splicing what changes into DER that is encoded once per profile version, authority, key kind
 * and CRL shard.
 */
export class CertificatePreparer {
  readonly #publicUrl: string;
  readonly #randomBytes: RandomBytes;
  readonly #frames = new Map<string, Frame>();

  constructor(publicUrl: string, randomBytes: RandomBytes) {
    this.#publicUrl = publicUrl;
    this.#randomBytes = randomBytes;
  }

  prepare(enrollment: AuthorizedEnrollment, now: Date, log: AttemptLog): PreparedCertificate {
    const { issuer, profile, publicKey } = enrollment;
    const names = resolveNames(profile, enrollment, log);
    const { notBefore, notAfter } = validityAt(now, profile, issuer);
    const serialNumber = newSerialNumber(this.#randomBytes);
    const crlShard = shardOf(serialNumber, issuer.authority.crlShards);
    const frame = this.#frameFor(profile, issuer, publicKey.kind, crlShard);
    const ofSubject = [extension.subjectKeyIdentifier(keyIdentifierOf(publicKey.subjectPublicKeyInfoDer))];
    if (names.subjectAltNames.length > 0) {
      ofSubject.push(extension.subjectAltName([...names.subjectAltNames], names.subjectIsEmpty));
    }
    const tbsCertificateDer = frame.template.encode({
      serialNumber,
      notBefore,
      notAfter,
      subjectDer: names.subjectDer,
      subjectPublicKeyInfoDer: publicKey.subjectPublicKeyInfoDer,
      extensionsDer: [...frame.extensionsDer, ...ofSubject],
    });
    return prepared({
      issuer,
      profile,
      deviceId: enrollment.deviceId,
      serialNumber,
      notBefore,
      notAfter,
      crlShard,
      publicKeySha256: enrollment.publicKeySha256,
      requestDigest: enrollment.requestDigest,
      guard: enrollment.guard,
      tbsCertificateDer,
    });
  }

  #frameFor(profile: Profile, issuer: Issuer, keyKind: PublicKey['kind'], crlShard: number): Frame {
    const key = `${profile.name}/${profile.version}/${issuer.authority.id}/${keyKind}/${crlShard}`;
    let frame = this.#frames.get(key);
    if (frame === undefined) {
      frame = compileFrame(profile.rules, issuer, keyKind, this.#publicUrl, crlShard);
      this.#frames.set(key, frame);
    }
    return frame;
  }
}

/** What is the same in every certificate of a profile version, authority, key kind and shard. */
interface Frame {
  readonly template: TbsCertificateTemplate;
  readonly extensionsDer: readonly Uint8Array[];
}

function compileFrame(
  rules: ProfileRules,
  issuer: Issuer,
  keyKind: PublicKey['kind'],
  publicUrl: string,
  crlShard: number,
): Frame {
  const extensionsDer = [
    extension.basicConstraints({ cA: false }),
    extension.keyUsage(keyUsageFor(keyKind)),
    ...(rules.extendedKeyUsage.length > 0
      ? [extension.extendedKeyUsage(rules.extendedKeyUsage.map((usage) => extendedKeyUsageOids[usage]))]
      : []),
    extension.authorityKeyIdentifier(issuer.subjectKeyIdentifier),
    ...(rules.ocspNoCheck ? [extension.ocspNoCheck()] : []),
    ...(rules.omitStatusUrls ? [] : statusExtensions(issuer, publicUrl, crlShard)),
  ];
  const template = compileTbsCertificate({
    signatureAlgorithmDer: issuer.signatureAlgorithm.algorithmIdentifierDer,
    issuerDer: issuer.certificate.subject.der,
  });
  return { template, extensionsDer };
}

/** CRL distribution point, OCSP and caIssuers of what this issuer issues. */
export function statusExtensions(issuer: Issuer, publicUrl: string, crlShard: number): Uint8Array[] {
  const urls = statusUrls(publicUrl, issuer.authority, crlShard);
  return [
    extension.crlDistributionPoints([urls.crl]),
    extension.authorityInfoAccess({ ocsp: [urls.ocsp], caIssuers: [urls.caIssuers] }),
  ];
}

/** RSA keys also decrypt (TLS 1.2 key transport, SCEP answers); others only sign. */
function keyUsageFor(keyKind: PublicKey['kind']): KeyUsageBit[] {
  return keyKind === 'rsa' ? ['digitalSignature', 'keyEncipherment'] : ['digitalSignature'];
}

/** Whole seconds; notAfter is inclusive, so the last second is counted (RFC 5280 §4.1.2.5). */
export function validityAt(now: Date, profile: Profile, issuer: Issuer): { notBefore: Date; notAfter: Date } {
  const { seconds, backdateSeconds } = profile.rules.validity;
  const nowSeconds = Math.floor(now.getTime() / 1000);
  const notBefore = new Date(Math.max((nowSeconds - backdateSeconds) * 1000, issuer.certificate.notBefore.getTime()));
  const notAfter = new Date((nowSeconds + seconds - 1) * 1000);
  if (notAfter > issuer.certificate.notAfter) {
    throw new CaError(
      'outlivesIssuer',
      `A certificate of the profile "${profile.name}" would be valid until ${notAfter.toISOString()}, longer than its issuer (${issuer.certificate.notAfter.toISOString()}).`,
    );
  }
  return { notBefore, notAfter };
}
