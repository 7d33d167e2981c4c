/** What an operator finds of those who were refused, on a running service. */
import { generateKeyPairSync } from 'node:crypto';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import type { Attempt, AttemptSummary } from '@touchmark/admin-api';
import { ScepClient } from '@touchmark/client';
import { buildCertificationRequest } from '@touchmark/testkit';
import { Administrator } from '../support/administrator.ts';
import { askEst, newDeviceName } from '../support/est-request.ts';
import { startTouchmark } from '../support/touchmark.ts';
import type { Touchmark } from '../support/touchmark.ts';

let touchmark: Touchmark;
let admin: Administrator;

beforeAll(async () => {
  touchmark = await startTouchmark();
  admin = new Administrator(touchmark);
  await touchmark.cliJson(
    ...['endpoint', 'create', 'plc', '--protocol', 'scep', '--ca', 'issuing', '--profile', 'device'],
  );
}, 120_000);

afterAll(async () => {
  admin?.close();
  await touchmark?.dispose();
});

const scepClient = () =>
  new ScepClient({
    url: `${touchmark.firstRun.publicUrl}/scep/plc`,
    rootFingerprint: touchmark.firstRun.rootFingerprint,
  });
const nobodysSecret = `aaaaaaaa-${'a'.repeat(32)}`;
const listed = async (...words: string[]) =>
  ((await touchmark.cliJson('attempt', 'list', ...words)) as { items: AttemptSummary[] }).items;

describe('a first enrollment that is refused', () => {
  const name = `box-${newDeviceName()}`;
  const asked = {
    subject: `CN=${name}`,
    subjectAltNames: [`dns:${name}.example.com`],
    subjectAltNameCount: 1,
  };
  const ask = async (secret: string | undefined): Promise<string> => {
    const { certificationRequestDer: body } = await buildCertificationRequest({
      commonName: name,
      subjectAltNames: [{ kind: 'dns', value: `${name}.example.com` }],
    });
    const answer = await askEst(touchmark, { body, ...(secret === undefined ? {} : { secret }) });
    expect(answer.status).not.toBe(200);
    return answer.field('Touchmark-Attempt') ?? '';
  };

  it.each([
    ['a secret that is not known', async () => nobodysSecret, 'secretWrong'],
    ['no secret at all', async () => undefined, 'credentialsMissing'],
    [
      'the secret of a device that is suspended',
      async () => {
        const { secret } = await admin.createSecret({ deviceId: name });
        await touchmark.cliJson('device', 'suspend', name);
        return secret;
      },
      'deviceSuspended',
    ],
  ])('with %s shows which box it was', async (_, secret, code) => {
    const id = await ask(await secret());
    expect(await admin.attempt(id)).toMatchObject({ code, asked });
    expect((await listed()).find((attempt) => attempt.id === id)).toMatchObject({ code, asked });
    const shown = await touchmark.cli('attempt', 'show', id);
    expect(shown.stdout).toMatch(new RegExp(`Asked for +CN=${name}\n +dns:${name}.example.com\n`));
    expect((await touchmark.cli('attempt', 'list')).stdout).toContain(`CN=${name}`);
  });

  it('over SCEP as well', async () => {
    const subject = [{ attribute: 'commonName', value: name }] as const;
    const refused = await scepClient().enroll({ subject, challenge: nobodysSecret });
    expect(refused.kind).toBe('refused');
    const [attempt] = (await listed()).filter(({ protocol }) => protocol === 'scep');
    expect(attempt).toMatchObject({ code: 'secretWrong', asked: { subject: `CN=${name}` } });
    expect((await admin.attempt(attempt!.id)).request).toBeNull();
  });

  it('is found by the transaction of SCEP, and what became of it later with it', async () => {
    const subject = [{ attribute: 'commonName', value: name }] as const;
    const { privateKey } = generateKeyPairSync('rsa', { modulusLength: 2048 });
    const privateKeyPem = privateKey.export({ format: 'pem', type: 'pkcs8' }).toString();
    // The same key is the same transaction.
    const refused = await scepClient().enroll({ subject, challenge: nobodysSecret, privateKeyPem });
    if (refused.kind !== 'refused') throw new Error(`It is ${refused.kind}.`);
    const { transactionId } = refused;
    await scepClient().enroll({ subject, challenge: 'another', privateKeyPem });
    const found = await listed('--transaction', transactionId);
    const id = found[0]?.id ?? '';
    expect(found.map(({ code }) => code)).toEqual(['secretWrong', 'secretWrong']);
    expect((await touchmark.cli('attempt', 'show', id)).stdout).toMatch(new RegExp(`Transaction +${transactionId}\n`));
    expect(await listed('--transaction', 'of nobody')).toEqual([]);
    // EST has none.
    expect((await admin.attempt(await ask(nobodysSecret))).transactionId).toBeNull();
  });

  it('keeps nothing of it but its names where the caller is not known', async () => {
    const attempt: Attempt = await admin.attempt(await ask(nobodysSecret));
    expect(attempt).toMatchObject({ request: null, deviceId: null });
  });
});
