/** One password for all devices at an endpoint: kept as its scrypt, and guarded against guessing. */
import { randomBytes, scrypt, timingSafeEqual } from 'node:crypto';
import { isIPv6 } from 'node:net';
import { fromBase64, toBase64 } from '@touchmark/asn1';
import { CaError, secretIdOf } from '@touchmark/ca';
import type { ChallengeQuestion, ChallengeVerdict, Clock } from '@touchmark/ca';
import { sha256 } from '@touchmark/crypto';
import { BoundedWork } from './bounded-work.ts';
import type { StaticChallengeSettings } from './challenge-settings.ts';
import type { KindVerifier } from './kind-verifier.ts';
import { WrongPasswords } from './wrong-passwords.ts';

const shortest = 16;
const cost = 32_768;

/**
 * The settings that keep a password without holding it.
 *
 * @throws CaError `invalidArgument` when the password is too short, cannot be typed into a device, or would be taken for an
 * enrollment secret
 */
export async function hashStaticChallenge(password: string): Promise<Omit<StaticChallengeSettings, 'maxWrong'>> {
  const fault = faultOf(password);
  if (fault !== undefined)
    throw new CaError('invalidArgument', `This cannot be the challenge of an endpoint: ${fault}.`);
  const salt = randomBytes(16);
  return { hash: toBase64(await stretch(password, salt, cost)), salt: toBase64(salt), cost };
}

function faultOf(password: string): string | undefined {
  if (!/^[\x20-\x7e]*$/.test(password)) return 'use printable ASCII characters, since devices write others differently';
  if (password.length < shortest) return `it has fewer than ${shortest} characters`;
  if (password.length > 128) return 'it has more than 128 characters';
  if (password.trim() !== password) return 'it begins or ends with a blank';
  if (new Set(password).size < 6) return 'it has fewer than 6 different characters';
  if (secretIdOf(password) !== undefined) return 'it has the form of an enrollment secret, and would be taken for one';
  return undefined;
}

export class StaticChallengeVerifier implements KindVerifier<StaticChallengeSettings> {
  readonly #clock: Clock;
  readonly #wrong = new WrongPasswords();
  /** By label: the password that was right, so that it costs scrypt once. */
  readonly #right = new Map<string, { readonly hash: string; readonly digest: Uint8Array }>();
  // Each takes 32 MiB and some 100 ms of a core.
  readonly #work = new BoundedWork({ atOnce: 2, waitingAtMost: 32 });
  /** What is in memory is no digest of a password that could be looked up elsewhere. */
  readonly #pepper = randomBytes(32);

  constructor({ clock }: { readonly clock: Clock }) {
    this.#clock = clock;
  }

  async verify(question: ChallengeQuestion, settings: StaticChallengeSettings): Promise<ChallengeVerdict> {
    const { label } = question.endpoint;
    const source = `${label} ${networkOf(question.remoteAddress)}`;
    // Before the octets are compared, so that how long that takes tells nothing.
    const digest = sha256(Buffer.concat([this.#pepper, Buffer.from(question.challenge)]));
    const right = this.#right.get(label);
    if (right?.hash === settings.hash && timingSafeEqual(right.digest, digest)) return unknownDevice;
    this.#checkNotLocked(source, settings);
    if (this.#wrong.isKnown(source, digest, this.#clock.now())) {
      this.#wrong.add(source, digest, this.#clock.now());
      throw wrongChallenge();
    }
    // Judged before the next one begins, which may be of the same address.
    return this.#work.run(async () => {
      this.#checkNotLocked(source, settings);
      const stretched = await stretch(question.challenge, fromBase64(settings.salt), settings.cost);
      if (timingSafeEqual(stretched, fromBase64(settings.hash))) {
        this.#right.set(label, { hash: settings.hash, digest });
        return unknownDevice;
      }
      this.#wrong.add(source, digest, this.#clock.now());
      throw wrongChallenge();
    }, tooMany);
  }

  #checkNotLocked(source: string, { maxWrong }: StaticChallengeSettings): void {
    const now = this.#clock.now();
    const until = this.#wrong.lockedUntil(source, maxWrong, now);
    if (until === undefined) return;
    const retryAfterSeconds = Math.ceil((until.getTime() - now.getTime()) / 1000);
    throw new CaError(
      'challengeLocked',
      `Too many different wrong challenges came from this address. Mend what sends them, and try again in ${retryAfterSeconds} seconds.`,
      { retryAfterSeconds },
    );
  }
}

/** One password registers as many devices as ask, but takes over none that is known. */
const unknownDevice: ChallengeVerdict = { deviceId: undefined, device: 'unknown' };

/** Who has an IPv6 address has 2^64 of them. */
function networkOf(remoteAddress: string): string {
  if (!isIPv6(remoteAddress) || /^::ffff:/i.test(remoteAddress)) return remoteAddress;
  const [head = '', tail = ''] = remoteAddress.replace(/%.*$/, '').toLowerCase().split('::');
  const groups = (text: string): string[] => text.split(':').filter((group) => group !== '');
  const [before, after] = [groups(head), groups(tail)];
  const zeros = Array<string>(Math.max(0, 8 - before.length - after.length)).fill('0');
  return [...before, ...zeros, ...after]
    .slice(0, 4)
    .map((group) => Number.parseInt(group, 16).toString(16))
    .join(':');
}

function wrongChallenge(): CaError {
  return new CaError('challengeWrong', 'The challenge password is not that of the endpoint. Check it at the device.');
}

function tooMany(): CaError {
  return new CaError(
    'challengeUnavailable',
    'Too many challenges are being verified just now. Try again in a few seconds.',
    { retryAfterSeconds: 5 },
  );
}

function stretch(password: string, salt: Uint8Array, N: number): Promise<Uint8Array> {
  return new Promise((resolve, reject) => {
    // scrypt needs 128·N·r octets and a little more.
    scrypt(password, salt, 32, { N, r: 8, p: 1, maxmem: 128 * N * 8 + 2 ** 20 }, (error, key) => {
      if (error === null) resolve(key);
      else reject(error);
    });
  });
}
