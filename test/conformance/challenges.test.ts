/** Each kind of challenge through the whole issuance cycle, to the certificate and the word to whoever vouched. */
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { hashStaticChallenge } from '../../apps/server/src/challenges/static-challenge.ts';
import { clientSecret, startIntune } from '../../apps/server/test/support/intune-stand-in.ts';
import type { IntuneStandIn } from '../../apps/server/test/support/intune-stand-in.ts';
import { json, startLocalHttps } from '../../apps/server/test/support/local-https.ts';
import type { LocalHttps } from '../../apps/server/test/support/local-https.ts';
import { createChallengeWorld } from '../support/challenge-world.ts';
import { rightSecret } from '../support/enrollment-world.ts';
import { eventually } from '../support/run.ts';

let hook: LocalHttps;
let intune: IntuneStandIn;
beforeAll(async () => {
  hook = await startLocalHttps((_, response) => json(response, 200, { allow: true }));
  intune = await startIntune();
});
afterAll(async () => {
  await hook?.close();
  await intune?.close();
});
const hookSettings = () => ({ url: hook.url, caCertificates: hook.caCertificates, allowPrivateAddresses: true });

describe('a certificate is issued for', () => {
  it('the password of all', async () => {
    const { world, ask } = await createChallengeWorld(
      'static',
      await hashStaticChallenge('the password of all devices'),
    );
    expect(await ask('the password of all devices')).toMatchObject({ kind: 'issued' });
    expect(world.records[0]?.audit.actor).toBe('challenge:factory');
  });

  it('a challenge that was computed for the device', async () => {
    const { keys, ask } = await createChallengeWorld('derived', {});
    await keys.create('factory');
    expect(await ask(await keys.derive('factory', 'device-0042'))).toMatchObject({ kind: 'issued' });
  });

  it('what the webhook allows, which is told of it; enrollment secrets are none of its business', async () => {
    const { keys, ask } = await createChallengeWorld('webhook', hookSettings());
    await keys.create('factory');
    expect(await ask(rightSecret)).toMatchObject({ kind: 'issued' });
    expect(hook.seen).toEqual([]);
    const outcome = await ask('an order number');
    expect(outcome.kind).toBe('issued');
    await eventually('the report', 5, async () => (hook.seen.length === 2 ? true : undefined));
    const [question, report] = hook.seen.map(({ body }) => JSON.parse(body) as Record<string, unknown>);
    expect(question).toMatchObject({ event: 'challenge', deviceId: 'device-0042', remoteAddress: '192.0.2.7' });
    expect(report).toMatchObject({ event: 'issued', attemptId: question?.attemptId });
    expect(report?.certificate).toBe(
      outcome.kind === 'issued' ? Buffer.from(outcome.certificateDer).toString('base64') : '',
    );
  });

  it('the device that the webhook names, which is told that it was this one', async () => {
    hook.seen.length = 0;
    hook.answer = (_, response) => json(response, 200, { allow: true, deviceId: 'SN-7' });
    const { world, keys, ask } = await createChallengeWorld('webhook', hookSettings());
    await keys.create('factory');
    expect((await ask('an order number')).kind).toBe('issued');
    expect(world.issued[0]?.deviceId).toBe('SN-7');
    await eventually('the report', 5, async () => (hook.seen.length === 2 ? true : undefined));
    const [question, report] = hook.seen.map(({ body }) => JSON.parse(body) as Record<string, unknown>);
    expect(question).toMatchObject({ event: 'challenge', deviceId: 'device-0042' });
    expect(report).toMatchObject({ event: 'issued', deviceId: 'SN-7', attemptId: question?.attemptId });
  });

  it('what Intune takes, which is told of it', async () => {
    intune.challenges.set('', 'Success');
    const { keys, ask } = await createChallengeWorld('intune', intune.settings);
    await keys.set('factory', 'intune', clientSecret);
    expect(await ask('a challenge of Intune')).toMatchObject({ kind: 'issued' });
    await eventually('the notification', 5, async () => (intune.notifications.length === 1 ? true : undefined));
    expect(intune.notifications).toMatchObject([{ action: 'successNotification' }]);
  });
});
