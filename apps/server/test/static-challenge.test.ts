/** One password for all: kept as scrypt, guarded against guessing, and cheap once it was right. */
import { beforeAll, describe, expect, it } from '@jest/globals';
import { frozenClock } from '@touchmark/testkit';
import type { FrozenClock } from '@touchmark/testkit';
import { parseChallengeSettings } from '../src/challenges/challenge-settings.ts';
import type { StaticChallengeSettings } from '../src/challenges/challenge-settings.ts';
import { StaticChallengeVerifier, hashStaticChallenge } from '../src/challenges/static-challenge.ts';
import { WrongPasswords } from '../src/challenges/wrong-passwords.ts';
import { codeOf, questionAt } from './support/question.ts';

const password = 'correct horse battery';
let settings: StaticChallengeSettings;
beforeAll(async () => {
  const checked = parseChallengeSettings('static', { ...(await hashStaticChallenge(password)), maxWrong: 3 });
  if (checked.kind === 'static') settings = checked.settings;
});

const fixture = (): { clock: FrozenClock; ask: (challenge: string, remoteAddress?: string) => Promise<unknown> } => {
  const clock = frozenClock(new Date('2027-03-01T12:00:00Z'));
  const verifier = new StaticChallengeVerifier({ clock });
  const ask = (challenge: string, remoteAddress = '192.0.2.7') =>
    verifier.verify(questionAt('static', {}, { challenge, remoteAddress }), settings);
  return { clock, ask };
};

describe('hashStaticChallenge', () => {
  it('gives another salt and hash every time, and nothing of the password', async () => {
    const [a, b] = [await hashStaticChallenge(password), await hashStaticChallenge(password)];
    expect(a.salt).not.toBe(b.salt);
    expect(a.hash).not.toBe(b.hash);
    expect(JSON.stringify(a)).not.toContain(password);
  });

  it.each([
    ['', /fewer than 16/],
    ['fifteen letters', /fewer than 16/],
    ['a'.repeat(40), /different characters/],
    ['schlüssel für alle', /ASCII/],
    ['tab\tin the middle of', /ASCII/],
    [' blank at the beginning', /blank/],
    ['abcdefgh'.repeat(17), /more than 128/],
    ['abcdefgh-abcdefghijklmnopqrstuvwxyz234567', /form of an enrollment secret/],
  ])('refuses "%s"', async (bad, says) => {
    await expect(hashStaticChallenge(bad)).rejects.toMatchObject({
      code: 'invalidArgument',
      message: expect.stringMatching(says),
    });
    if (bad !== '')
      await expect(hashStaticChallenge(bad)).rejects.not.toMatchObject({ message: expect.stringContaining(bad) });
  });
});

describe('the verifier', () => {
  it('takes the password, and registers devices that are not known', async () => {
    const { ask } = fixture();
    expect(await ask(password)).toEqual({ deviceId: undefined, device: 'unknown' });
  });

  it('does not compute scrypt again for a password that was right', async () => {
    const { ask } = fixture();
    await ask(password);
    const begin = performance.now();
    for (let round = 0; round < 1000; round += 1) await ask(password);
    // A thousand times scrypt would take a minute.
    expect(performance.now() - begin).toBeLessThan(20_000);
  });

  it('takes nothing else: case, blanks and parts count', async () => {
    const { ask } = fixture();
    for (const [index, wrong] of [password.toUpperCase(), ` ${password}`, password.slice(1), ''].entries()) {
      expect(await codeOf(ask(wrong, `192.0.2.${index}`))).toBe('challengeWrong');
    }
  });

  it('takes the new password alone when the settings have changed', async () => {
    const clock = frozenClock(new Date('2027-03-01T12:00:00Z'));
    const verifier = new StaticChallengeVerifier({ clock });
    const question = questionAt('static', {}, { challenge: password });
    await verifier.verify(question, settings);
    const changed = { ...(await hashStaticChallenge('quite another password')), maxWrong: 3 };
    expect(await codeOf(verifier.verify(question, changed))).toBe('challengeWrong');
    await verifier.verify({ ...question, challenge: 'quite another password' }, changed);
  });

  it('locks an address out after too many different wrong ones, the right one included, until they are old', async () => {
    const { clock, ask } = fixture();
    for (const guess of ['guess number one..', 'guess number two..', 'guess number three']) {
      expect(await codeOf(ask(guess))).toBe('challengeWrong');
    }
    await expect(ask(password)).rejects.toMatchObject({ code: 'challengeLocked', retryAfterSeconds: 900 });
    expect(await codeOf(ask('guess number four.'))).toBe('challengeLocked');
    clock.advance(899_000);
    await expect(ask(password)).rejects.toMatchObject({ code: 'challengeLocked', retryAfterSeconds: 1 });
    await ask(password, '192.0.2.8');
    clock.advance(1_000);
    await ask(password);
  });

  it('takes the password that it remembers from a locked address: the plant behind it goes on', async () => {
    const { ask } = fixture();
    await ask(password);
    for (const guess of ['guess number one..', 'guess number two..', 'guess number three']) await codeOf(ask(guess));
    expect(await codeOf(ask('guess number four.'))).toBe('challengeLocked');
    await ask(password);
  });

  it('does not lock out a plant because one device goes on with a stale password', async () => {
    const { ask } = fixture();
    for (let round = 0; round < 50; round += 1) expect(await codeOf(ask('the stale password'))).toBe('challengeWrong');
    await ask(password);
  });

  it('lets no more guesses through than it should when they come at once', async () => {
    const { ask } = fixture();
    const guesses = Array.from({ length: 20 }, (_, index) => codeOf(ask(`guess in parallel ${index}`)));
    const codes = await Promise.all(guesses);
    // Two at a time are computed: one more may be under way when the last that counts is found wrong.
    expect(codes.filter((code) => code === 'challengeWrong').length).toBeLessThanOrEqual(4);
    expect(codes.filter((code) => code === 'challengeLocked').length).toBeGreaterThanOrEqual(16);
  });

  it('refuses a flood instead of queueing it without end', async () => {
    const { ask } = fixture();
    const flood = Array.from({ length: 60 }, (_, index) => codeOf(ask('a wrong password', `198.51.100.${index}`)));
    const codes = await Promise.all(flood);
    expect(codes.filter((code) => code === 'challengeUnavailable')).toHaveLength(60 - 34);
    expect(codes.filter((code) => code === 'challengeWrong')).toHaveLength(34);
  });

  it('counts the addresses of an IPv6 network as one', async () => {
    const { ask } = fixture();
    for (const [index, address] of ['2001:db8:1:2::1', '2001:db8:1:2:ffff::7', '2001:DB8:1:2:0:0:0:9'].entries()) {
      expect(await codeOf(ask(`a wrong password ${index}`, address))).toBe('challengeWrong');
    }
    expect(await codeOf(ask(password, '2001:db8:1:2:a:b:c:d'))).toBe('challengeLocked');
    await ask(password, '2001:db8:1:3::1');
  });
});

it('wrong passwords of more addresses than can be kept push out the oldest', () => {
  const wrong = new WrongPasswords();
  const now = new Date();
  const digest = (octet: number) => new Uint8Array(32).fill(octet);
  for (let address = 0; address < 10_001; address += 1) wrong.add(String(address), digest(1), now);
  expect(wrong.isKnown('0', digest(1), now)).toBe(false);
  expect(wrong.isKnown('1', digest(1), now)).toBe(true);
  expect(wrong.isKnown('10000', digest(1), now)).toBe(true);
  expect(wrong.isKnown('10000', digest(2), now)).toBe(false);
});
