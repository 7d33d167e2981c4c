import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { createRequestPem } from './support/samples.ts';
import { createWorld, tokenOf } from './support/world.ts';
import type { Call, World } from './support/world.ts';

let world: World;
let requestPem: string;
beforeAll(async () => {
  world = await createWorld();
  requestPem = await createRequestPem();
});
afterAll(() => world.close());

interface BadInput {
  readonly name: string;
  readonly call: () => Call;
  readonly status: number;
  readonly code: string;
  /** In the text of the answer. */
  readonly says: string;
  readonly where?: Readonly<Record<string, string>>;
}

const get = (path: string) => (): Call => ({ path: `/api/v1${path}` });
const post =
  (path: string, body: unknown, headers: Call['headers'] = {}) =>
  (): Call => ({
    method: 'POST',
    path: `/api/v1${path}`,
    body,
    headers,
  });
const revoke =
  (body: unknown, headers: Call['headers'] = {}) =>
  (): Call =>
    post(`/certificates/${world.certificate.id}/revoke`, body, headers)();
const issue = (members: object) => (): Call =>
  post('/certificates', { profile: 'server', certificationRequest: requestPem, ...members })();
const secrets = '/endpoints/factory/secrets';
const invalid = { status: 400, code: 'requestInvalid' } as const;
const malformed = { status: 400, code: 'jsonMalformed' } as const;

const table: readonly BadInput[] = [
  // what profiles write into certificates
  {
    name: 'a role that would go on in the URI of a certificate',
    call: post('/devices', { id: 'pump-1', role: 'pump:admin' }),
    ...invalid,
    says: '"role"',
    where: { pointer: '#/role' },
  },
  {
    name: 'a segment that reads the other way round',
    call: () => ({ method: 'PATCH', path: '/api/v1/devices/pump-1', body: { segment: 'a\u202eb' } }),
    ...invalid,
    says: '"segment"',
    where: { pointer: '#/segment' },
  },
  {
    name: 'a field of a device that PostgreSQL cannot store',
    call: post('/devices', { id: 'pump-1', fields: { site: 'a\u0000b' } }),
    ...invalid,
    says: 'control',
    where: { pointer: '#/fields/site' },
  },
  {
    name: 'a field that every device has by itself',
    call: post('/devices', { id: 'pump-1', fields: { role: 'admin' } }),
    ...invalid,
    says: '/fields/role: every device has this by itself',
    where: { pointer: '#/fields/role' },
  },
  {
    name: 'a profile whose certificates would pass for those of authorities',
    call: post('/profiles', { name: 'authority-issuing', rules: {} }),
    ...invalid,
    says: 'authority-',
    where: { pointer: '#/name' },
  },
  {
    name: 'a rule of a profile that is misspelt',
    call: post('/profiles', {
      name: 'misspelt',
      rules: { subject: [], keyAlgorithms: ['ec-p256', 'ecp384'], extendedKeyUsage: [], validity: '1h' },
    }),
    ...invalid,
    says: '/rules/keyAlgorithms/1: must be one of',
    where: { pointer: '#/rules/keyAlgorithms/1' },
  },
  // parameters
  {
    name: 'an unknown parameter',
    call: get('/certificates?stauts=active'),
    ...invalid,
    says: 'Did you mean "status"?',
    where: { parameter: 'stauts' },
  },
  {
    name: 'a parameter where none is known',
    call: get('/endpoints?limit=3'),
    ...invalid,
    says: 'Unknown parameter "limit"',
    where: { parameter: 'limit' },
  },
  {
    name: 'a parameter given twice',
    call: get('/devices?limit=1&limit=2'),
    ...invalid,
    says: 'given twice',
    where: { parameter: 'limit' },
  },
  { name: 'a limit of 0', call: get('/devices?limit=0'), ...invalid, says: '1 to 500', where: { parameter: 'limit' } },
  {
    name: 'a limit over 500',
    call: get('/devices?limit=501'),
    ...invalid,
    says: '1 to 500',
    where: { parameter: 'limit' },
  },
  {
    name: 'a limit that is no number',
    call: get('/devices?limit=many'),
    ...invalid,
    says: '1 to 500',
    where: { parameter: 'limit' },
  },
  {
    name: 'a limit that is not whole',
    call: get('/devices?limit=1.5'),
    ...invalid,
    says: '1 to 500',
    where: { parameter: 'limit' },
  },
  {
    name: 'an empty cursor',
    call: get('/devices?cursor='),
    ...invalid,
    says: 'cursor',
    where: { parameter: 'cursor' },
  },
  { name: 'a cursor of nobody', call: get('/devices?cursor=x'), status: 400, code: 'invalidArgument', says: 'cursor' },
  {
    name: 'an unknown status',
    call: get('/certificates?status=active,revokd'),
    ...invalid,
    says: 'Did you mean "revoked"?',
    where: { parameter: 'status' },
  },
  {
    name: 'an unknown state',
    call: get('/devices?state=gone'),
    ...invalid,
    says: 'registered, active, suspended, retired',
    where: { parameter: 'state' },
  },
  {
    name: 'a parameter with a NUL',
    call: get('/certificates?profile=a%00b'),
    ...invalid,
    says: 'profile',
    where: { parameter: 'profile' },
  },
  {
    name: 'a flag that is neither true nor false',
    call: () => get(`/certificates/${world.certificate.id}/chain?root=1`)(),
    ...invalid,
    says: 'true, false',
    where: { parameter: 'root' },
  },
  {
    name: 'the parameter __proto__',
    call: get('/devices?__proto__=1'),
    ...invalid,
    says: '__proto__',
    where: { parameter: '__proto__' },
  },
  // paths
  {
    name: 'an id with a slash in it',
    call: get('/devices/a%2Fb'),
    ...invalid,
    says: 'letters, digits',
    where: { parameter: 'id' },
  },
  {
    name: 'an id with a NUL in it',
    call: get('/devices/a%00'),
    ...invalid,
    says: 'letters, digits',
    where: { parameter: 'id' },
  },
  {
    name: 'an id that is not UTF-8',
    call: get('/devices/%ff'),
    ...invalid,
    says: 'percent-encoded',
    where: { parameter: 'path' },
  },
  {
    name: 'a device id of 65 characters',
    call: get(`/devices/${'a'.repeat(65)}`),
    ...invalid,
    says: '1 to 64',
    where: { parameter: 'id' },
  },
  {
    name: 'a label of 200 characters',
    call: get(`/endpoints/${'a'.repeat(200)}`),
    ...invalid,
    says: '128',
    where: { parameter: 'label' },
  },
  {
    name: 'a certificate reference with a quote',
    call: get(`/certificates/'or'1`),
    ...invalid,
    says: 'serial number in hex',
    where: { parameter: 'id' },
  },
  {
    name: 'a certificate that is not there',
    call: get('/certificates/00:AB:CD'),
    status: 404,
    code: 'notFound',
    says: 'certificate',
  },
  { name: 'a device that is not there', call: get('/devices/pump-9'), status: 404, code: 'notFound', says: 'device' },
  {
    name: 'an authority that is not there',
    call: get('/crls?authority=nobody'),
    status: 404,
    code: 'notFound',
    says: 'authority',
  },
  {
    name: 'an unknown path',
    call: get('/certificate'),
    status: 404,
    code: 'routeUnknown',
    says: 'Did you mean "certificates"?',
  },
  {
    name: 'a path with a slash at its end',
    call: get('/devices/'),
    status: 404,
    code: 'routeUnknown',
    says: 'nothing',
  },
  { name: 'a path in capitals', call: get('/Devices'), status: 404, code: 'routeUnknown', says: 'nothing' },
  // bodies
  {
    name: 'a body that is not JSON',
    call: revoke('{"reason": keyCompromise}'),
    ...malformed,
    says: 'unexpected "k"',
  },
  { name: 'a body that ends too early', call: revoke('{"reason":'), ...malformed, says: 'ends too early' },
  { name: 'an empty body', call: revoke(''), ...malformed, says: 'empty' },
  { name: 'two JSON texts', call: revoke('{"reason":"superseded"}{}'), ...malformed, says: 'column 24' },
  { name: 'a body that is not UTF-8', call: revoke(new Uint8Array([0x22, 0xff, 0x22])), ...malformed, says: 'UTF-8' },
  { name: 'a body that is an array', call: revoke([]), ...invalid, says: 'The body', where: { pointer: '#' } },
  { name: 'a body that is null', call: revoke('null'), ...invalid, says: 'The body', where: { pointer: '#' } },
  {
    name: 'a body of another type',
    call: revoke('reason=x', { 'Content-Type': 'application/x-www-form-urlencoded' }),
    status: 415,
    code: 'mediaTypeNotSupported',
    says: 'JSON',
  },
  {
    name: 'a body in Latin 1',
    call: revoke('{}', { 'Content-Type': 'application/json; charset=iso-8859-1' }),
    status: 415,
    code: 'mediaTypeNotSupported',
    says: 'UTF-8',
  },
  {
    name: 'a compressed body',
    call: revoke('{}', { 'Content-Encoding': 'gzip' }),
    status: 415,
    code: 'mediaTypeNotSupported',
    says: 'compressed',
  },
  {
    name: 'a body where none is expected',
    call: () => ({ ...get('/devices')(), body: {} }),
    status: 400,
    code: 'bodyNotExpected',
    says: 'no body',
  },
  {
    name: 'a body over 100 KiB',
    call: revoke(`"${'x'.repeat(100 * 1024)}"`),
    status: 413,
    code: 'bodyTooLarge',
    says: '102400',
  },
  // members
  {
    name: 'an unknown member',
    call: revoke({ reason: 'superseded', raeson: 1 }),
    ...invalid,
    says: 'Did you mean "reason"?',
    where: { pointer: '#/raeson' },
  },
  {
    name: 'the member __proto__',
    call: revoke('{"reason":"superseded","__proto__":{"role":"administrator"}}'),
    ...invalid,
    says: '__proto__',
    where: { pointer: '#/__proto__' },
  },
  {
    name: 'a member that needs escaping',
    call: revoke({ reason: 'superseded', 'a/b~c': 1 }),
    ...invalid,
    says: 'a/b~c',
    where: { pointer: '#/a~1b~0c' },
  },
  {
    name: 'a missing member',
    call: revoke({}),
    ...invalid,
    says: 'is missing; one of unspecified, keyCompromise',
    where: { pointer: '#/reason' },
  },
  {
    name: 'a reason in other letters',
    call: revoke({ reason: 'keycompromise' }),
    ...invalid,
    says: 'Did you mean "keyCompromise"?',
    where: { pointer: '#/reason' },
  },
  {
    name: 'a reason by number',
    call: revoke({ reason: 1 }),
    ...invalid,
    says: 'one of unspecified',
    where: { pointer: '#/reason' },
  },
  {
    name: 'the reason removeFromCRL',
    call: revoke({ reason: 'removeFromCRL' }),
    ...invalid,
    says: 'must be one of',
    where: { pointer: '#/reason' },
  },
  {
    name: 'a date without a time',
    call: revoke({ reason: 'superseded', invalidityDate: '2026-01-31' }),
    ...invalid,
    says: 'RFC 3339',
    where: { pointer: '#/invalidityDate' },
  },
  {
    name: 'a date with an offset',
    call: revoke({ reason: 'superseded', invalidityDate: '2026-01-31T12:00:00+02:00' }),
    ...invalid,
    says: 'UTC',
    where: { pointer: '#/invalidityDate' },
  },
  {
    name: 'a date that was before certificates were',
    call: revoke({ reason: 'superseded', invalidityDate: '1949-12-31T23:59:59Z' }),
    ...invalid,
    says: 'before 1950',
    where: { pointer: '#/invalidityDate' },
  },
  {
    name: 'a date in the future',
    call: () => revoke({ reason: 'superseded', invalidityDate: new Date(Date.now() + 60_000).toISOString() })(),
    ...invalid,
    says: 'not be in the future',
    where: { pointer: '#/invalidityDate' },
  },
  {
    name: 'a principal in the body',
    call: revoke({ reason: 'superseded', principal: 'root' }),
    ...invalid,
    says: 'principal',
    where: { pointer: '#/principal' },
  },
  {
    name: 'uses of 0',
    call: post(secrets, { maxUses: 0 }),
    ...invalid,
    says: 'maxUses',
    where: { pointer: '#/maxUses' },
  },
  {
    name: 'uses as text',
    call: post(secrets, { maxUses: '3' }),
    ...invalid,
    says: 'maxUses',
    where: { pointer: '#/maxUses' },
  },
  {
    name: 'a life of 10 seconds',
    call: post(secrets, { expiresInSeconds: 10 }),
    ...invalid,
    says: 'expiresInSeconds',
    where: { pointer: '#/expiresInSeconds' },
  },
  ...[`${'a'.repeat(64)}b`, 'pump-', '-pump', 'pump 1', ''].map((deviceId) => ({
    name: `a secret for the device "${deviceId}"`,
    call: post(secrets, { deviceId }),
    ...invalid,
    says: '1 to 64 letters, digits',
    where: { pointer: '#/deviceId' },
  })),
  {
    name: 'a certificate for a device with a slash in its id',
    call: issue({ deviceId: 'a/b' }),
    ...invalid,
    says: '1 to 64 letters, digits',
    where: { pointer: '#/deviceId' },
  },
  {
    name: 'a secret that is chosen by the caller',
    call: post(secrets, { secret: 'mine' }),
    ...invalid,
    says: 'secret',
    where: { pointer: '#/secret' },
  },
  { name: 'an unknown profile', call: issue({ profile: 'sever' }), status: 404, code: 'notFound', says: 'profile' },
  {
    name: 'a certification request that is nothing',
    call: issue({ certificationRequest: 'nothing!' }),
    ...invalid,
    says: 'neither PEM nor DER',
    where: { pointer: '#/certificationRequest' },
  },
  {
    name: 'a certificate as certification request',
    call: () => issue({ certificationRequest: world.stranger.pem })(),
    ...invalid,
    says: 'CERTIFICATE, not a CERTIFICATE REQUEST',
    where: { pointer: '#/certificationRequest' },
  },
  {
    name: 'a name of unknown kind',
    call: issue({ subjectAltNames: [{ kind: 'dsn', value: 'a' }] }),
    ...invalid,
    says: 'Did you mean "dns"?',
    where: { pointer: '#/subjectAltNames/0/kind' },
  },
  {
    name: 'an unknown member of a name',
    call: issue({ subjectAltNames: [{ kind: 'dns', value: 'a', vlaue: 'b' }] }),
    ...invalid,
    says: 'Did you mean "value"?',
    where: { pointer: '#/subjectAltNames/0/vlaue' },
  },
  {
    name: '65 names',
    call: issue({ subjectAltNames: Array.from({ length: 65 }, () => ({ kind: 'dns', value: 'a' })) }),
    ...invalid,
    says: 'subjectAltNames',
    where: { pointer: '#/subjectAltNames' },
  },
  ...['a b', 'a/b', 'ä', '', 'x'.repeat(65)].map((name) => ({
    name: `the name "${name}" for a principal`,
    call: post('/setup', { token: 'from-the-link', name }),
    ...invalid,
    says: '1 to 64 letters, digits and . _ -',
    where: { pointer: '#/name' },
  })),
  {
    name: 'a role that is chosen by whoever sets up',
    call: post('/setup', { token: 'from-the-link', role: 'administrator' }),
    ...invalid,
    says: 'role',
    where: { pointer: '#/role' },
  },
  {
    name: 'a credential that is not there',
    call: post('/principals/7d1ab7e2-52c1-4b5d-8f6c-9a2c41a6f0aa/revoke', undefined),
    status: 404,
    code: 'notFound',
    says: 'credential',
  },
  {
    name: 'a body for a setup link',
    call: post('/setup-tokens', { role: 'viewer' }),
    status: 400,
    code: 'bodyNotExpected',
    says: 'no body',
  },
  // header fields
  {
    name: 'an Idempotency-Key where it means nothing',
    call: revoke({ reason: 'superseded' }, { 'Idempotency-Key': 'k' }),
    ...invalid,
    says: 'takes no Idempotency-Key',
    where: { parameter: 'Idempotency-Key' },
  },
  {
    name: 'an Idempotency-Key with a space',
    call: post(secrets, {}, { 'Idempotency-Key': 'a b' }),
    ...invalid,
    says: 'printable',
    where: { parameter: 'Idempotency-Key' },
  },
];

describe('bad input', () => {
  it.each(table.map((row) => [row.name, row] as const))('%s is refused with its own reason', async (_, row) => {
    const acts = world.services.acts.length;
    const answer = await world.call({ ...row.call(), token: tokenOf('administrator') });
    expect(answer.json).toMatchObject({
      type: `urn:touchmark:problem:${row.code}`,
      status: row.status,
      code: row.code,
      requestId: answer.headers['touchmark-request'],
    });
    expect(answer.status).toBe(row.status);
    expect(answer.headers['content-type']).toMatch(/^application\/problem\+json\b/);
    expect(answer.text.replaceAll('\\"', '"')).toContain(row.says);
    if (row.where !== undefined) {
      expect(answer.json).toMatchObject({ errors: expect.arrayContaining([expect.objectContaining(row.where)]) });
    }
    expect(world.services.acts).toHaveLength(acts);
    expect(world.failures).toEqual([]);
  });

  it('names every fault of a request, not only the first', async () => {
    const answer = await world.call({
      ...post(secrets, { maxUses: 0, expiresInSeconds: 1, colour: 'red' })(),
      token: tokenOf('operator'),
    });
    const pointers = (answer.json as { errors: { pointer: string }[] }).errors.map(({ pointer }) => pointer);
    expect(pointers.sort()).toEqual(['#/colour', '#/expiresInSeconds', '#/maxUses']);
  });
});
