/** Our own client against our own server, over HTTP: trust, enroll, wait, renew, look up. */
import { createHash } from 'node:crypto';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { CaError } from '@touchmark/ca';
import type { EnrollmentOutcome, EnrollmentRequest, PollRequest } from '@touchmark/ca';
import { ScepClient } from '@touchmark/client';
import { sha256 } from '@touchmark/crypto';
import { serveHttp } from '@touchmark/http';
import type { HttpListener } from '@touchmark/http';
import { parseCertificationRequest } from '@touchmark/x509';
import { createScepHandler } from '../src/index.ts';
import { ScriptedAuthority } from './support/scripted-authority.ts';
import { createWorld } from './support/world.ts';
import type { World } from './support/world.ts';

/** Certifies whatever key asks; with `approved` off, only when it is asked again. */
class CertifyingAuthority extends ScriptedAuthority {
  approved = true;
  readonly #world: World;
  #waiting: Uint8Array | undefined;

  constructor(world: World) {
    super(world);
    this.#world = world;
  }

  override async enroll(request: EnrollmentRequest): Promise<EnrollmentOutcome> {
    this.requests.push(request);
    const { subjectPublicKeyInfoDer } = parseCertificationRequest(request.requestDer);
    if (this.approved) return this.#certify(subjectPublicKeyInfoDer);
    this.#waiting = subjectPublicKeyInfoDer;
    return { kind: 'pending', attemptId: 'attempt-1', retryAfterSeconds: 300 };
  }

  override async poll(request: PollRequest): Promise<EnrollmentOutcome> {
    this.polls.push(request);
    if (this.#waiting === undefined || !Buffer.from(sha256(this.#waiting)).equals(request.publicKeySha256)) {
      const error = new CaError('transactionUnknown', 'No request waits under this transaction.');
      return { kind: 'refused', attemptId: 'attempt-1', error };
    }
    return this.#certify(this.#waiting);
  }

  async #certify(subjectPublicKeyInfoDer: Uint8Array): Promise<EnrollmentOutcome> {
    const certificate = await this.#world.authority.certify(subjectPublicKeyInfoDer);
    return { kind: 'issued', attemptId: 'attempt-1', certificateDer: certificate.der };
  }
}

let world: World;
let authority: CertifyingAuthority;
let listener: HttpListener;
let client: ScepClient;

beforeAll(async () => {
  world = await createWorld();
  authority = new CertifyingAuthority(world);
  authority.endpoint = { ...authority.endpoint, next: world.authority.chainDer };
  const handler = createScepHandler(authority);
  listener = await serveHttp({ listen: { host: '127.0.0.1', port: 0 }, handler });
  const rootFingerprint = createHash('sha256').update(world.authority.root.certificateDer).digest('hex');
  client = new ScepClient({ url: `${listener.url}/scep/factory`, rootFingerprint });
});

afterAll(() => listener.close({ drainSeconds: 0 }));

const subject = [{ attribute: 'commonName', value: 'device-0001' }] as const;

describe('our own client', () => {
  it('tells RA and CA apart', async () => {
    const { caDer, chainDer, ra } = await client.getCaCertificates();
    expect([caDer, ...chainDer]).toEqual(world.authority.chainDer);
    expect(ra).toEqual({ signingDer: world.ra.certificate.der, encryptionDer: world.ra.certificate.der });
    expect(await client.getNextCaCertificates()).toEqual(world.authority.chainDer);
  });

  it('enrolls with a challenge, and renews with its certificate', async () => {
    const enrolled = await client.enroll({ subject, challenge: 'secret' });
    if (enrolled.kind !== 'issued') throw new Error(enrolled.kind);
    const renewed = await client.renew(enrolled);
    if (renewed.kind !== 'issued') throw new Error(renewed.kind);
    expect(authority.requests.slice(-2)).toMatchObject([
      { operation: 'PKCSReq', credentials: { password: { value: 'secret' }, certificateDer: undefined } },
      {
        operation: 'RenewalReq',
        credentials: { password: undefined, certificateDer: enrolled.certificateDer },
        warnings: [],
      },
    ]);
    authority.found = enrolled.certificateDer;
    const serialNumberHex = Buffer.from(world.enrolled.certificate.serialNumber).toString('hex');
    // The server answers with another certificate than the one that was asked for, which the client sees.
    await expect(client.getCertificate({ ...renewed, serialNumberHex })).rejects.toThrow();
    authority.found = world.enrolled.certificate.der;
    expect((await client.getCertificate({ ...renewed, serialNumberHex })).certificateDer).toEqual(authority.found);
  });

  it('waits for an administrator', async () => {
    authority.approved = false;
    const pending = await client.enroll({ subject });
    authority.approved = true;
    if (pending.kind !== 'pending') throw new Error(pending.kind);
    expect(await client.poll(pending)).toMatchObject({ kind: 'issued' });
    expect(authority.polls[0]!.transactionId).toBe(pending.transactionId);
    expect(authority.requests.at(-1)!.transactionId).toBe(pending.transactionId);
  });

  it('learns why it was refused', async () => {
    const known = await client.enroll({ subject });
    if (known.kind !== 'issued') throw new Error(known.kind);
    const refused = await client.poll({
      transactionId: 'ABC',
      privateKeyPem: known.privateKeyPem,
      signerCertificatePem: known.certificatePem,
      signerPrivateKeyPem: known.privateKeyPem,
    });
    expect(refused).toMatchObject({
      kind: 'refused',
      failInfo: 'badCertId',
      failInfoText: 'No request waits under this transaction. (transactionUnknown, attempt attempt-1)',
    });
  });
});
