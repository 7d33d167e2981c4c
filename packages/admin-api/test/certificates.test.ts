import { X509Certificate } from 'node:crypto';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { toHex } from '@touchmark/asn1';
import type { Certificate, IssuedAnswer, RevokedAnswer } from '../src/index.ts';
import { createRequestPem, sampleOf } from './support/samples.ts';
import { createWorld, tokenOf } from './support/world.ts';
import type { World } from './support/world.ts';

let world: World;
beforeAll(async () => {
  world = await createWorld();
});
afterAll(() => world.close());

const asOfficer = { token: tokenOf('officer') };

describe('a certificate is found by', () => {
  const hex = (): string => toHex(world.certificate.serialNumber);
  const colons = (text: string): string => text.match(/../g)?.join(':') ?? '';
  const forms: Readonly<Record<string, () => string>> = {
    'its id': () => world.certificate.id,
    'its serial number': () => hex(),
    'its serial number in capitals': () => hex().toUpperCase(),
    'its serial number with colons': () => colons(hex()),
    'its serial number with a zero octet more': () => `00${hex()}`,
    'its fingerprint': () => toHex(world.certificate.fingerprintSha256),
    'its fingerprint in capitals with colons': () => colons(toHex(world.certificate.fingerprintSha256)).toUpperCase(),
  };
  it.each(Object.keys(forms))('%s', async (form) => {
    const answer = await world.call({ path: `/api/v1/certificates/${forms[form]?.()}`, ...asOfficer });
    expect(answer.json).toMatchObject({ id: world.certificate.id, serialNumber: hex(), status: 'active' });
  });
});

describe('status', () => {
  it.each([
    ['expired', -1, undefined],
    ['active', 1, undefined],
    ['revoked', 1, 'keyCompromise'],
    ['revoked', -1, 'superseded'],
    ['held', 1, 'certificateHold'],
  ] as const)('is %s with %d days left and the revocation %s', async (status, days, reason) => {
    const leaf = await world.authority.identify('leaf', [], days);
    const record = world.services.addCertificate({
      ...leaf,
      certificateDer: leaf.der,
      profileName: 'x',
      deviceId: undefined,
    });
    const revocation = reason === undefined ? undefined : { reason, revokedAt: new Date(), invalidityDate: undefined };
    world.services.certificates[0] = { ...record, revocation };
    const answer = await world.call({ path: `/api/v1/certificates/${record.id}`, ...asOfficer });
    expect(answer.json).toMatchObject({ status });
    const listed = await world.call({ path: `/api/v1/certificates?status=${status}&profile=x`, ...asOfficer });
    expect((listed.json as { items: Certificate[] }).items.map(({ id }) => id)).toContain(record.id);
  });
});

describe('downloads', () => {
  it('are the certificate that is shown, alone, in DER, and with its issuers', async () => {
    const { id, certificateDer } = world.certificate;
    const pem = await world.call({ path: `/api/v1/certificates/${id}/pem`, ...asOfficer });
    expect(new X509Certificate(pem.text).raw.equals(certificateDer)).toBe(true);
    const der = await world.call({ path: `/api/v1/certificates/${id}/der`, ...asOfficer });
    expect(Buffer.from(certificateDer).equals(der.bytes)).toBe(true);
    const issuers = async (query: string): Promise<number> => {
      const chain = await world.call({ path: `/api/v1/certificates/${id}/chain${query}`, ...asOfficer });
      return chain.text.match(/BEGIN CERTIFICATE/g)?.length ?? 0;
    };
    expect(await issuers('')).toBe(2);
    expect(await issuers('?root=true')).toBe(3);
  });
});

describe('issuing', () => {
  const issue = async (members: object, headers: Record<string, string> = {}) =>
    world.call({
      method: 'POST',
      path: '/api/v1/certificates',
      body: { profile: 'server', ...members },
      headers,
      ...asOfficer,
    });

  it('gives the certificate, its chain and where to find it', async () => {
    const subjectAltNames = [{ kind: 'dns', value: 'broker.example.com' }];
    const answer = await issue({ certificationRequest: await createRequestPem(), subjectAltNames });
    expect(answer.status).toBe(201);
    const { certificate, certificatePem, chainPem } = answer.json as IssuedAnswer;
    expect(answer.headers.location).toBe(`/api/v1/certificates/${certificate.id}`);
    expect(certificate.subjectAltNames).toEqual(subjectAltNames);
    expect(new X509Certificate(certificatePem).subjectAltName).toBe('DNS:broker.example.com');
    expect(chainPem.startsWith(certificatePem)).toBe(true);
  });

  it('takes DER in base64 as well', async () => {
    const pem = await createRequestPem();
    const certificationRequest = pem.replaceAll(/-----[^-]+-----|\s/g, '');
    expect((await issue({ certificationRequest })).status).toBe(201);
  });

  it('gives the same certificate for the same request and Idempotency-Key', async () => {
    const certificationRequest = await createRequestPem();
    const answers = [];
    for (const key of ['one', 'one', 'two'])
      answers.push(await issue({ certificationRequest }, { 'Idempotency-Key': key }));
    const [first, again, other] = answers.map(({ json }) => (json as IssuedAnswer).certificate.id);
    expect(again).toBe(first);
    expect(other).not.toBe(first);
  });

  it('does not give a certificate again that was revoked', async () => {
    const certificationRequest = await createRequestPem();
    const ask = () => issue({ certificationRequest }, { 'Idempotency-Key': 'revoked-since' });
    const { certificate } = (await ask()).json as IssuedAnswer;
    const path = `/api/v1/certificates/${certificate.id}/revoke`;
    await world.call({ method: 'POST', path, body: { reason: 'superseded' }, ...asOfficer });
    expect((await ask()).json).toMatchObject({
      status: 409,
      code: 'certificateRevoked',
      attemptId: expect.any(String),
    });
  });

  it('answers a refusal with its code, a hint and the attempt', async () => {
    const answer = await issue({ certificationRequest: await createRequestPem(), commonName: 'refused.example.com' });
    expect(answer.json).toMatchObject({
      status: 422,
      code: 'nameNotAllowed',
      attemptId: expect.any(String),
      hint: expect.any(String),
    });
  });
});

describe('revoking', () => {
  it('is done when it is answered, and doing it again changes nothing', async () => {
    const sample = await sampleOf('revokeCertificate', world);
    if (sample === undefined) throw new Error('no sample');
    const revoke = async (reason: string): Promise<RevokedAnswer> =>
      (await world.call({ method: 'POST', path: sample.path, body: { reason }, ...asOfficer })).json as RevokedAnswer;
    expect(await revoke('keyCompromise')).toMatchObject({
      status: 'revoked',
      changed: true,
      revocation: { reason: 'keyCompromise' },
    });
    expect(await revoke('superseded')).toMatchObject({
      status: 'revoked',
      changed: false,
      revocation: { reason: 'keyCompromise' },
    });
  });
});

describe('what changes something', () => {
  it.each([
    ['issueCertificate', 'POST', 'issue'],
    ['revokeCertificate', 'POST', 'revoke'],
    ['createSecret', 'POST', 'createSecret'],
    ['revokeSecret', 'DELETE', 'revokeSecret'],
    ['requestCrls', 'POST', 'requestCrls'],
  ])('%s tells the services who, from where, and the request id', async (name, method, action) => {
    const sample = await sampleOf(name, world);
    if (sample === undefined) throw new Error('no sample');
    world.services.acts.length = 0;
    const answer = await world.call({ method, ...sample, identity: world.identities.officer });
    expect(world.services.acts).toEqual([
      {
        action,
        act: {
          principal: { name: 'cert-officer', role: 'officer' },
          remoteAddress: '127.0.0.1',
          correlationId: answer.headers['touchmark-request'],
        },
      },
    ]);
  });

  it('the first login has no principal yet, but the rest', async () => {
    const sample = await sampleOf('setUp', world);
    world.services.acts.length = 0;
    const answer = await world.call({ method: 'POST', path: '/api/v1/setup', body: sample?.body });
    const correlationId = answer.headers['touchmark-request'];
    expect(world.services.acts).toEqual([{ action: 'setUp', act: { remoteAddress: '127.0.0.1', correlationId } }]);
  });
});

describe('paging', () => {
  it('visits every item once, by nextCursor and by Link alike', async () => {
    const all = (await world.call({ path: '/api/v1/certificates?limit=500', ...asOfficer })).json as {
      items: Certificate[];
    };
    const seen: string[] = [];
    let path: string | undefined = '/api/v1/certificates?limit=2';
    while (path !== undefined) {
      const answer = await world.call({ path, ...asOfficer });
      const page = answer.json as { items: Certificate[]; nextCursor: string | null };
      seen.push(...page.items.map(({ id }) => id));
      path = /^<([^>]+)>; rel="next"$/.exec(String(answer.headers.link))?.[1];
      expect(path === undefined).toBe(page.nextCursor === null);
      if (path !== undefined) expect(new URL(path, 'https://x').searchParams.get('limit')).toBe('2');
    }
    expect(seen.length).toBeGreaterThan(4);
    expect(seen).toEqual(all.items.map(({ id }) => id));
  });
});

describe('enrollment secrets', () => {
  const path = '/api/v1/endpoints/factory/secrets';
  const asOperator = { token: tokenOf('operator') };

  it('are shown once, when they are created', async () => {
    const created = await world.call({ method: 'POST', path, body: {}, ...asOperator });
    const { id, secret } = created.json as { id: string; secret: string };
    expect(created.json).toMatchObject({ status: 'usable', maxUses: 1, uses: 0, deviceId: null });
    const listed = await world.call({ path, ...asOperator });
    expect(listed.text).toContain(id);
    expect(listed.text).not.toContain(secret);
    expect(listed.text).not.toContain('Sha256');
  });

  it('are not created twice for one Idempotency-Key', async () => {
    const create = { method: 'POST', path, body: {}, headers: { 'Idempotency-Key': 'order-7' }, ...asOperator };
    expect((await world.call(create)).status).toBe(201);
    expect((await world.call(create)).json).toMatchObject({ status: 409, code: 'conflict' });
  });

  it('of another endpoint are not found', async () => {
    const sample = await sampleOf('revokeSecret', world);
    const elsewhere = sample?.path.replace('factory', 'other') ?? '';
    expect((await world.call({ method: 'DELETE', path: elsewhere, ...asOperator })).status).toBe(404);
  });
});
