/** Certificates and what revokes, holds and releases one, in memory. */
import { randomBytes, randomUUID } from 'node:crypto';
import { toHex } from '@touchmark/asn1';
import { CaError, statusOf, successorOf } from '@touchmark/ca';
import type {
  CertificateSelection,
  IssuedCertificate,
  Revocation,
  RevocationOutcome,
  Sighting,
  SightingOutcome,
} from '@touchmark/ca';
import { parseCertificationRequest } from '@touchmark/x509';
import type {
  Act,
  CertificateReference,
  CertificateServices,
  IssueOutcome,
  IssueRequest,
  Page,
  PageRequest,
  RevocationRequest,
} from '../../src/index.ts';
import { paginate, present } from './memory-pages.ts';
import { MemoryPrincipals } from './memory-principals.ts';
import { publicKeyOf } from './test-authority.ts';
import type { TestAuthority } from './test-authority.ts';

export class MemoryCertificates extends MemoryPrincipals implements CertificateServices {
  readonly certificates: IssuedCertificate[] = [];
  protected readonly testAuthority: TestAuthority;
  readonly #sightings = new Map<string, Sighting>();
  /** Ids, by principal and key. */
  readonly #idempotent = new Map<string, string>();

  constructor(authority: TestAuthority) {
    super();
    this.testAuthority = authority;
  }

  async listCertificates(selection: CertificateSelection, page: PageRequest): Promise<Page<IssuedCertificate>> {
    return paginate(this.select(selection), page);
  }

  async getCertificate(reference: CertificateReference): Promise<IssuedCertificate> {
    const found = this.certificates.find((item) =>
      reference.kind === 'fingerprint'
        ? toHex(item.fingerprintSha256) === toHex(reference.sha256)
        : item.id === reference.value || toHex(item.serialNumber) === reference.value,
    );
    return present(found, 'certificate');
  }

  /** Puts a certificate into the registry, newest first. */
  addCertificate(
    fields: Pick<
      IssuedCertificate,
      | 'certificateDer'
      | 'serialNumber'
      | 'fingerprintSha256'
      | 'publicKeySha256'
      | 'notBefore'
      | 'notAfter'
      | 'profileName'
      | 'deviceId'
    >,
  ): IssuedCertificate {
    const record: IssuedCertificate = {
      ...fields,
      id: randomUUID(),
      authorityId: 'authority-issuing',
      requestDigest: randomBytes(32),
      profileVersion: 1,
      issuedAt: new Date(),
      crlShard: 0,
      revocation: undefined,
    };
    this.certificates.unshift(record);
    return record;
  }

  async issueCertificate(request: IssueRequest, act: Act): Promise<IssueOutcome> {
    const attemptId = randomUUID();
    const profile = await this.getProfile(request.profileName);
    if (request.commonName === 'refused.example.com') {
      return {
        kind: 'refused',
        attemptId,
        error: new CaError('nameNotAllowed', 'The profile lets no such name through.'),
      };
    }
    const known = this.#idempotent.get(`${act.principal.name} ${request.idempotencyKey ?? randomUUID()}`);
    const earlier = this.certificates.find(({ id }) => id === known);
    if (earlier?.revocation !== undefined) {
      const error = new CaError('certificateRevoked', 'The certificate that this request got before is revoked.');
      return { kind: 'refused', attemptId, error };
    }
    if (earlier !== undefined) return { kind: 'issued', attemptId, certificate: earlier };
    const parsed = parseCertificationRequest(request.requestDer);
    const certificate = await this.testAuthority.certify({
      commonName: request.commonName ?? 'unnamed',
      subjectAltNames: request.subjectAltNames,
      publicKey: publicKeyOf(parsed.subjectPublicKeyInfoDer),
    });
    const record = this.addCertificate({
      ...certificate,
      certificateDer: certificate.der,
      profileName: profile.name,
      deviceId: request.deviceId,
    });
    if (request.idempotencyKey !== undefined)
      this.#idempotent.set(`${act.principal.name} ${request.idempotencyKey}`, record.id);
    this.acts.push({ action: 'issue', act });
    return { kind: 'issued', attemptId, certificate: record };
  }

  async revokeCertificate(
    reference: CertificateReference,
    wanted: RevocationRequest,
    act: Act,
  ): Promise<RevocationOutcome> {
    return this.recordRevocation(await this.getCertificate(reference), wanted, 'revoke', act);
  }

  async holdCertificate(reference: CertificateReference, act: Act): Promise<RevocationOutcome> {
    const found = await this.getCertificate(reference);
    if (statusOf(found, new Date()) === 'revoked') throw new CaError('alreadyRevoked', 'It is revoked for good.');
    return this.recordRevocation(found, { reason: 'certificateHold', invalidityDate: undefined }, 'hold', act);
  }

  async releaseCertificate(reference: CertificateReference, act: Act): Promise<RevocationOutcome> {
    const found = await this.getCertificate(reference);
    if (statusOf(found, new Date()) !== 'held') throw new CaError('certificateNotHeld', 'It is not on hold.');
    return this.replaceRevocation(found, undefined, 'release', act);
  }

  async reportSeen(reference: CertificateReference, act: Act): Promise<SightingOutcome> {
    const { id, revocation } = await this.getCertificate(reference);
    if (revocation !== undefined) throw new CaError('certificateRevoked', 'It is revoked.');
    const earlier = this.#sightings.get(id);
    if (earlier !== undefined) return { sighting: earlier, changed: false };
    const sighting = { certificateId: id, at: new Date(), reportedBy: act.principal.name };
    this.#sightings.set(id, sighting);
    this.acts.push({ action: 'reportSeen', act });
    return { sighting, changed: true };
  }

  protected recordRevocation(
    found: IssuedCertificate,
    wanted: RevocationRequest,
    action: string,
    act: Act,
  ): RevocationOutcome {
    const next = successorOf(found.revocation, { ...wanted, revokedAt: new Date() });
    return next === undefined
      ? { certificate: found, changed: false }
      : this.replaceRevocation(found, next, action, act);
  }

  protected replaceRevocation(
    found: IssuedCertificate,
    revocation: Revocation | undefined,
    action: string,
    act: Act,
  ): RevocationOutcome {
    const certificate = { ...found, revocation };
    this.certificates[this.certificates.indexOf(found)] = certificate;
    this.acts.push({ action, act });
    return { certificate, changed: true };
  }

  protected select(selection: CertificateSelection): IssuedCertificate[] {
    const now = new Date();
    const { statuses = [], deviceId, profileName, authorityId, publicKeySha256 } = selection;
    return this.certificates.filter(
      (item) =>
        (statuses.length === 0 || statuses.includes(statusOf(item, now))) &&
        (deviceId === undefined || item.deviceId === deviceId) &&
        (profileName === undefined || item.profileName === profileName) &&
        (authorityId === undefined || item.authorityId === authorityId) &&
        (publicKeySha256 === undefined || toHex(item.publicKeySha256) === toHex(publicKeySha256)),
    );
  }
}
