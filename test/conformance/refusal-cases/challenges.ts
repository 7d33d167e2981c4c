/** Passwords that are no enrollment secrets, judged by the verifiers of the service. */
import type { EnrollmentOutcome } from '@touchmark/ca';
import { hashStaticChallenge } from '../../../apps/server/src/challenges/static-challenge.ts';
import { clientSecret, startIntune } from '../../../apps/server/test/support/intune-stand-in.ts';
import { json, startLocalHttps } from '../../../apps/server/test/support/local-https.ts';
import type { Answering } from '../../../apps/server/test/support/local-https.ts';
import { createChallengeWorld } from '../../support/challenge-world.ts';
import type { RefusalCase } from './case.ts';

type Provoke = RefusalCase['provoke'];

const derived =
  (password: (right: string) => string): Provoke =>
  async () => {
    const { keys, ask } = await createChallengeWorld('derived', {});
    await keys.create('factory');
    return ask(password(await keys.derive('factory', 'device-0043')));
  };

/** The last of several passwords that come one after the other. */
const guessed =
  (...passwords: readonly string[]): Provoke =>
  async () => {
    const hash = await hashStaticChallenge('the password of all devices');
    const { ask } = await createChallengeWorld('static', { ...hash, maxWrong: 2 });
    let last: EnrollmentOutcome | undefined;
    for (const password of passwords) last = await ask(password);
    return last;
  };

const hooked =
  (answer: Answering): Provoke =>
  async () => {
    const server = await startLocalHttps(answer);
    const { keys, ask } = await createChallengeWorld('webhook', {
      url: server.url,
      caCertificates: server.caCertificates,
      allowPrivateAddresses: true,
      timeoutSeconds: 0.5,
    });
    await keys.create('factory');
    try {
      return await ask('what the webhook knows');
    } finally {
      await server.close();
    }
  };

const managed =
  (code: string): Provoke =>
  async () => {
    const intune = await startIntune();
    // The request of the test holds no challenge: Intune judges by the request alone.
    intune.challenges.set('', code);
    const { keys, ask } = await createChallengeWorld('intune', intune.settings);
    await keys.set('factory', 'intune', clientSecret);
    try {
      return await ask('what Intune has made');
    } finally {
      await intune.close();
    }
  };

export const challengeCases: readonly RefusalCase[] = [
  {
    code: 'challengeWrong',
    name: 'of another device',
    says: /not the one of this device/,
    provoke: derived((right) => right),
  },
  { code: 'challengeWrong', name: 'a guess', says: /not that of the endpoint/, provoke: guessed('a wrong password') },
  {
    code: 'challengeWrong',
    name: 'too old for Intune',
    says: /ChallengeExpired/,
    provoke: managed('ChallengeExpired'),
  },
  {
    code: 'challengeRefused',
    name: 'by a webhook',
    says: /has refused this one/,
    provoke: hooked((_, response) => json(response, 200, { allow: false, reason: 'no such order' })),
  },
  { code: 'challengeRefused', name: 'by Intune', says: /SubjectNameMismatch/, provoke: managed('SubjectNameMismatch') },
  {
    code: 'challengeLocked',
    name: 'the right one after two guesses',
    says: /try again in \d+ seconds/,
    provoke: guessed('a wrong password', 'another wrong one', 'the password of all devices'),
  },
  {
    code: 'challengeUnavailable',
    name: 'a webhook that answers nonsense',
    says: /cannot be verified just now/,
    provoke: hooked((_, response) => json(response, 200, { allow: 'yes' })),
  },
  {
    code: 'challengeUnavailable',
    name: 'a webhook that says nothing',
    says: /cannot be verified just now/,
    provoke: hooked(() => undefined),
  },
];
