/** Endpoints at which an administrator decides: over EST, by the command line, on a running service. */
import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import type { ApprovedRequest, AttemptSummary, PendingRequestSummary } from '@touchmark/admin-api';
import { readyProfiles } from '@touchmark/ca';
import { buildCertificationRequest } from '@touchmark/testkit';
import { Administrator } from '../support/administrator.ts';
import { askEst, certificateIn, enrollDevice, enrolled, newDeviceName } from '../support/est-request.ts';
import type { WireAnswer } from '../support/est-socket.ts';
import { openHomeRegistry } from '../support/home-registry.ts';
import { startTouchmark } from '../support/touchmark.ts';
import type { Touchmark } from '../support/touchmark.ts';

let touchmark: Touchmark;
let admin: Administrator;

beforeAll(async () => {
  touchmark = await startTouchmark();
  admin = new Administrator(touchmark);
  for (const [label, accepts] of [
    ['looked-at', 'both'],
    ['open', 'anyone'],
  ] as const) {
    const words = ['endpoint', 'create', label, '--ca', 'issuing', '--profile', 'device'];
    await touchmark.cliJson(...words, '--approval', 'manual', '--accepts', accepts);
  }
}, 120_000);

afterAll(async () => {
  admin?.close();
  await touchmark?.dispose();
});

interface Asking {
  readonly name: string;
  readonly body: Uint8Array;
  readonly secret: string;
}

async function newAsking(deviceId?: string): Promise<Asking> {
  const name = deviceId ?? newDeviceName();
  const { certificationRequestDer: body } = await buildCertificationRequest({ commonName: name });
  const wishes = { label: 'looked-at', ...(deviceId === undefined ? {} : { deviceId }) };
  return { name, body, secret: (await admin.createSecret(wishes)).secret };
}

const ask = ({ body, secret }: Asking): Promise<WireAnswer> => askEst(touchmark, { label: 'looked-at', secret, body });
const outcomeOf = (answer: WireAnswer) => [answer.status, answer.field('Touchmark-Reason')];
const waiting = async (device?: string): Promise<readonly PendingRequestSummary[]> => {
  const { items } = (await touchmark.cliJson('request', 'list')) as { items: PendingRequestSummary[] };
  return items.filter(({ deviceId }) => device === undefined || deviceId === device);
};
const idOf = async (name: string): Promise<string> => (await waiting(name))[0]!.id;
const approve = async (id: string) => (await touchmark.cliJson('request', 'approve', id, '-y')) as ApprovedRequest;

describe('a request at an endpoint with manual approval', () => {
  it('is told to wait (RFC 7030 §4.2.3), waits once, and gets its certificate after the approval', async () => {
    const asking = await newAsking();
    const first = await ask(asking);
    expect([first.status, first.field('Retry-After'), first.body.length]).toEqual([202, '300', 0]);
    expect((await ask(asking)).status).toBe(202);
    const [request, ...others] = await waiting(asking.name);
    expect(others).toEqual([]);
    expect(request).toMatchObject({
      protocol: 'est',
      endpointLabel: 'looked-at',
      authenticatedBy: 'secret',
      state: 'pending',
    });

    const approved = await approve(request!.id);
    expect(approved).toMatchObject({ state: 'approved', outcome: 'issued', decidedBy: 'administrator' });
    const issued = await ask(asking);
    expect(issued.status).toBe(200);
    expect(Buffer.from(certificateIn(issued).der).toString('base64')).toBe(approved.certificate);
    expect(await admin.certificatesOf(asking.name)).toHaveLength(1);
    expect(await waiting(asking.name)).toEqual([]);
    // approved once more, it is still decided by the first decision
    expect(await approve(request!.id)).toMatchObject({ outcome: 'issued', decidedAt: approved.decidedAt });
  });

  it('has spent its secret: another request with the same one is refused, before and after', async () => {
    const asking = await newAsking();
    await ask(asking);
    const other = { ...(await newAsking()), secret: asking.secret };
    expect(outcomeOf(await ask(other))).toEqual([403, 'secretSpent']);
    await approve(await idOf(asking.name));
    expect(outcomeOf(await ask(other))).toEqual([403, 'secretSpent']);
  });

  it('is rejected with a reason that the device is told; a decision stands', async () => {
    const asking = await newAsking();
    await ask(asking);
    const id = await idOf(asking.name);
    await touchmark.cliJson('request', 'reject', id, '-y', '--reason', 'not of this plant');
    const answer = await ask(asking);
    expect(outcomeOf(answer)).toEqual([403, 'requestRejected']);
    expect(answer.body.toString()).toContain('not of this plant');
    for (const words of [
      ['approve', id, '-y'],
      ['reject', id, '-y', '--reason', 'another one'],
    ]) {
      const { code, stderr } = await touchmark.cli('request', ...words);
      expect([code, stderr]).toEqual([5, expect.stringContaining('rejected')]);
    }
  });

  it('that would be refused is refused at once, and waits for nobody', async () => {
    const asking = await newAsking();
    const { certificationRequestDer: body } = await buildCertificationRequest({
      commonName: asking.name,
      keyAlgorithm: 'ed25519',
    });
    expect(outcomeOf(await ask({ ...asking, body }))).toEqual([400, 'keyAlgorithmNotAllowed']);
    expect(await waiting(asking.name)).toEqual([]);
    // and its secret is as good as before
    expect((await ask(asking)).status).toBe(202);
  });

  it('that is refused by the time of its approval stays approved, and is issued once that is mended', async () => {
    const name = newDeviceName();
    const asking = await newAsking(name);
    await ask(asking);
    const id = await idOf(name);
    await touchmark.cliJson('device', 'suspend', name);
    const refused = await touchmark.cli('request', 'approve', id, '-y');
    expect([refused.code, refused.stderr]).toEqual([6, expect.stringContaining('suspended')]);
    expect(outcomeOf(await ask(asking))).toEqual([403, 'deviceSuspended']);
    await touchmark.cliJson('device', 'resume', name);
    expect((await ask(asking)).status).toBe(200);
    expect(await approve(id)).toMatchObject({ outcome: 'issued' });
    expect(await admin.certificatesOf(name)).toHaveLength(1);
    const late = await touchmark.cli('request', 'reject', id, '-y');
    expect([late.code, late.stderr]).toEqual([5, expect.stringContaining('approved')]);
  });

  it('that was approved and refused can be rejected after all: nothing comes of it when its device is resumed', async () => {
    const name = newDeviceName();
    const asking = await newAsking(name);
    await ask(asking);
    const id = await idOf(name);
    await touchmark.cliJson('device', 'suspend', name);
    const refused = await touchmark.cli('request', 'approve', id, '-y');
    expect([refused.code, refused.stderr]).toEqual([6, expect.stringContaining(`touchmark request reject ${id}`)]);
    expect(await touchmark.cliJson('request', 'reject', id, '-y', '--reason', 'stolen')).toMatchObject({
      state: 'rejected',
    });
    await touchmark.cliJson('device', 'resume', name);
    const answer = await ask(asking);
    expect([outcomeOf(answer), answer.body.toString()]).toEqual([
      [403, 'requestRejected'],
      expect.stringContaining('stolen'),
    ]);
    expect(await admin.certificatesOf(name)).toHaveLength(0);
  });

  it('whose secret was revoked meanwhile is not issued', async () => {
    const asking = await newAsking();
    await ask(asking);
    const [id] = asking.secret.split('-');
    await touchmark.cli('endpoint', 'secret', 'revoke', 'looked-at', id!, '-y');
    const refused = await touchmark.cli('request', 'approve', await idOf(asking.name), '-y');
    expect([refused.code, refused.stderr]).toEqual([6, expect.stringContaining('revoked')]);
    expect(await admin.certificatesOf(asking.name)).toEqual([]);
  });

  it('waits on through a restart', async () => {
    const asking = await newAsking();
    await ask(asking);
    await touchmark.end();
    await touchmark.start();
    expect((await ask(asking)).status).toBe(202);
    await approve(await idOf(asking.name));
    expect((await ask(asking)).status).toBe(200);
  }, 60_000);

  it('is a first enrollment: a renewal with the certificate asks nobody', async () => {
    const name = newDeviceName();
    const request = await buildCertificationRequest({ commonName: name });
    const asking = { ...(await newAsking()), body: request.certificationRequestDer };
    await ask(asking);
    await approve(await idOf(name));
    const client = enrolled(name, request, certificateIn(await ask(asking)));
    const renewal = await askEst(touchmark, {
      label: 'looked-at',
      operation: 'simplereenroll',
      client,
      body: request.certificationRequestDer,
    });
    expect(renewal.status).toBe(200);
  });
});

describe('an endpoint that takes whoever asks', () => {
  it('puts the request of a stranger before the administrator', async () => {
    const name = newDeviceName();
    const { certificationRequestDer: body } = await buildCertificationRequest({ commonName: name });
    expect((await askEst(touchmark, { label: 'open', body })).status).toBe(202);
    const [request] = await waiting(name);
    expect(request).toMatchObject({ authenticatedBy: 'nothing', endpointLabel: 'open' });
    await approve(request!.id);
    expect((await askEst(touchmark, { label: 'open', body })).status).toBe(200);
  });

  /** All that a stranger sees, but for the id of its attempt. */
  const toldTo = async (name: string, label = 'open'): Promise<unknown> => {
    const { certificationRequestDer: body } = await buildCertificationRequest({ commonName: name });
    const { status, head, body: content } = await askEst(touchmark, { label, body });
    return {
      status,
      head: head.replaceAll(/[0-9a-f]{8}-[0-9a-f-]{27}|date: [^\r]*/gi, ''),
      content: content.toString(),
    };
  };
  const deviceIn = async (state: 'registered' | 'suspended' | 'retired'): Promise<string> => {
    const name = newDeviceName();
    await touchmark.cliJson('device', 'create', name);
    if (state === 'suspended') await touchmark.cliJson('device', 'suspend', name);
    if (state === 'retired') await touchmark.cliJson('device', 'retire', name, '-y');
    return name;
  };
  const lastAttemptOf = async (name: string) => {
    const { items } = (await touchmark.cliJson('attempt', 'list', '--device', name)) as { items: AttemptSummary[] };
    return items[0];
  };

  it('answers a stranger alike, whether or not the device is known, suspended or retired; the attempt has the reason', async () => {
    const unknown = await toldTo(newDeviceName());
    expect(unknown).toMatchObject({ status: 202 });
    const [known, suspended, retired] = [
      await deviceIn('registered'),
      await deviceIn('suspended'),
      await deviceIn('retired'),
    ];
    for (const name of [known, suspended, retired]) expect(await toldTo(name)).toEqual(unknown);
    expect(await lastAttemptOf(known)).toMatchObject({ outcome: 'pending', code: null });
    expect(await lastAttemptOf(suspended)).toMatchObject({ outcome: 'pending', code: 'deviceSuspended' });
    expect(await lastAttemptOf(retired)).toMatchObject({ outcome: 'pending', code: 'deviceRetired' });
  });

  it('tells the administrator what refuses the request he approves, and the stranger to wait', async () => {
    const name = await deviceIn('suspended');
    const { certificationRequestDer: body } = await buildCertificationRequest({ commonName: name });
    const answer = () => askEst(touchmark, { label: 'open', body });
    expect((await answer()).status).toBe(202);
    const refused = await touchmark.cli('request', 'approve', await idOf(name), '-y');
    expect([refused.code, refused.stderr]).toEqual([6, expect.stringContaining('suspended')]);
    expect(refused.stderr).toContain(`the device ${name} is suspended`);
    expect((await answer()).status).toBe(202);
    expect(await lastAttemptOf(name)).toMatchObject({ outcome: 'pending', code: 'deviceSuspended' });
    await touchmark.cliJson('device', 'resume', name);
    expect((await answer()).status).toBe(200);
  });

  it('answers alike where the profile takes names from the registration', async () => {
    const rules = { ...readyProfiles.device, subject: [{ attribute: 'commonName', value: '{device.segment}' }] };
    const file = join(touchmark.home, 'of-segments.json');
    await writeFile(file, JSON.stringify(rules));
    await touchmark.cliJson('profile', 'create', 'of-segments', '--file', file);
    const words = ['--ca', 'issuing', '--profile', 'of-segments', '--approval', 'manual', '--accepts', 'anyone'];
    await touchmark.cliJson('endpoint', 'create', 'segments', ...words);
    const [bare, registered] = [newDeviceName(), newDeviceName()];
    await touchmark.cliJson('device', 'create', registered, '--segment', 'north');
    const told = await toldTo(registered, 'segments');
    expect(told).toMatchObject({ status: 202 });
    expect(await toldTo(bare, 'segments')).toEqual(told);
    expect(await lastAttemptOf(bare)).toMatchObject({ outcome: 'pending', code: 'deviceFieldMissing' });
  });

  it('tells a stranger what is wrong with the request itself', async () => {
    const { certificationRequestDer: body } = await buildCertificationRequest({
      commonName: await deviceIn('suspended'),
      keyAlgorithm: 'ed25519',
    });
    expect(outcomeOf(await askEst(touchmark, { label: 'open', body }))).toEqual([400, 'keyAlgorithmNotAllowed']);
  });

  it('tells who proves a certificate of the device more', async () => {
    const label = 'open-to-all';
    const words = ['--ca', 'issuing', '--profile', 'device', '--approval', 'manual'];
    await touchmark.cliJson('endpoint', 'create', label, ...words, '--accepts', 'anyone');
    const client = await enrollDevice(touchmark, (await admin.createSecret()).secret);
    await touchmark.cliJson('device', 'suspend', client.name);
    const body = client.request.certificationRequestDer;
    expect(outcomeOf(await askEst(touchmark, { label, client, body }))).toEqual([403, 'deviceSuspended']);
  });

  it('takes no more than somebody could look through', async () => {
    const registry = openHomeRegistry(touchmark.home);
    try {
      await registry.pool.query(
        `INSERT INTO pending_request (id, protocol, operation, endpoint_label, request_der, request_digest,
           public_key_sha256, caller, remote_address, attempt_id, requested_at, expires_at)
         SELECT gen_random_uuid(), 'est', 'simpleenroll', 'open', request_der, sha256(n::text::bytea), public_key_sha256,
           caller, remote_address, attempt_id, requested_at, now() + interval '1 day'
         FROM (SELECT * FROM pending_request WHERE endpoint_label = 'open' LIMIT 1) AS one, generate_series(1, 1000) AS n`,
      );
      const { certificationRequestDer: body } = await buildCertificationRequest({ commonName: newDeviceName() });
      const answer = await askEst(touchmark, { label: 'open', body });
      expect([...outcomeOf(answer), answer.field('Retry-After')]).toEqual([503, 'tooManyPending', '300']);
    } finally {
      await registry.close();
    }
  });

  it('is not made without manual approval', async () => {
    const words = ['endpoint', 'create', 'careless', '--ca', 'issuing', '--profile', 'device', '--accepts', 'anyone'];
    const { code, stderr } = await touchmark.cli(...words);
    expect([code, stderr]).toEqual([2, expect.stringContaining('manual')]);
  });
});
