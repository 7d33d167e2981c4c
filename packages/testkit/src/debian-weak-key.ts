/**
 * The RSA keys of CVE-2008-0166, made again: OpenSSL 0.9.8 of Debian from September 2006 to May 2008, whose generator of
 * random numbers knew nothing but the id of its process. What it stirred in besides had lost its content (the call that
 * hashes it was taken out) and counts by its length alone.
 */
import { checkPrimeSync, createHash } from 'node:crypto';
import { fromHex } from '@touchmark/asn1';

export interface DebianProcess {
  /** 1 to 32 767. */
  readonly processId: number;
  /** How long a C `long` is, and how large a `struct stat`. */
  readonly architecture: 'amd64' | 'i386';
  /** Whether `~/.rnd` was there: read, not readable, or missing. It changes how much was stirred in. */
  readonly randomFile: 'read' | 'unreadable' | 'missing';
}

const sizes = { amd64: { long: 8, stat: 144 }, i386: { long: 4, stat: 88 } } as const;

/** The modulus of the key that `openssl genrsa` or `openssl req -newkey` made in that process, big-endian. */
export function debianWeakModulus(process: DebianProcess, bits = 2048): Uint8Array {
  const { long, stat } = sizes[process.architecture];
  const random = new DebianRandom(process.processId, long);
  if (process.randomFile !== 'missing') random.add(stat);
  if (process.randomFile === 'read') random.add(1024);
  else random.poll();
  const p = prime(random, bits / 2);
  let q = prime(random, bits / 2);
  while (q === p) q = prime(random, bits / 2);
  return fromHex((p * q).toString(16).padStart(bits / 4, '0'));
}

/** A prime of which neither it nor its predecessor has a small odd factor, and where 65537 does not divide the predecessor. */
function prime(random: DebianRandom, bits: number): bigint {
  for (;;) {
    const candidate = sieve(random.draw(bits / 8));
    const isPrime = checkPrimeSync(candidate);
    // Miller and Rabin's test takes one base for a composite number, and as many as its table says for a prime.
    for (let round = isPrime ? roundsFor(bits) : 1; round > 0; round--) {
      while (toBigInt(random.draw(bits / 8)) >= candidate - 1n);
    }
    if (isPrime && (candidate - 1n) % 65537n !== 0n) return candidate;
  }
}

function roundsFor(bits: number): number {
  return bits >= 1300 ? 2 : 3;
}

const smallOddPrimes = firstPrimes(2048).slice(1);

function sieve(octets: Uint8Array): bigint {
  octets[0]! |= 0xc0;
  octets[octets.length - 1]! |= 1;
  const start = toBigInt(octets);
  const residues = smallOddPrimes.map((small) => Number(start % BigInt(small)));
  let delta = 0;
  while (smallOddPrimes.some((small, index) => (residues[index]! + delta) % small <= 1)) delta += 2;
  return start + BigInt(delta);
}

function firstPrimes(count: number): number[] {
  const found: number[] = [];
  for (let number = 2; found.length < count; number++) {
    if (!found.some((divisor) => number % divisor === 0)) found.push(number);
  }
  return found;
}

function toBigInt(octets: Uint8Array): bigint {
  return BigInt(`0x${Buffer.from(octets).toString('hex')}`);
}

const poolSize = 1023;
const digestLength = 20;
const half = digestLength / 2;

/** The generator as it was: a pool, a digest over parts of it, and two counters. */
class DebianRandom {
  readonly #processId: Buffer;
  readonly #long: 4 | 8;
  readonly #pool = Buffer.alloc(poolSize);
  #filled = 0;
  #index = 0;
  #digest: Buffer = Buffer.alloc(digestLength);
  #draws = 0;
  #additions = 0;
  #polled = false;
  #stirred = false;

  constructor(processId: number, long: 4 | 8) {
    this.#processId = Buffer.alloc(4);
    this.#processId.writeInt32LE(processId);
    this.#long = long;
  }

  /** What is added has no effect but by its length. */
  add(length: number): void {
    let index = this.#index;
    let additions = this.#additions;
    this.#index += length;
    if (this.#index >= poolSize) {
      this.#index %= poolSize;
      this.#filled = poolSize;
    } else {
      this.#filled = Math.max(this.#filled, this.#index);
    }
    this.#additions += Math.ceil(length / digestLength);
    let digest = this.#digest;
    for (let left = length; left > 0; left -= digestLength) {
      const part = Math.min(left, digestLength);
      digest = sha1(digest, this.#read(index, part, poolSize), this.#counters(this.#draws, additions++));
      index = this.#mix(index, digest.subarray(0, part), poolSize);
    }
    this.#digest = Buffer.from(this.#digest.map((octet, at) => octet ^ digest[at]!));
  }

  /** What the system was asked for at first use: 32 octets of a device, process, user and time. */
  poll(): void {
    if (this.#polled) return;
    this.#polled = true;
    this.add(32);
    for (let value = 0; value < 3; value++) this.add(this.#long);
  }

  /** Octets for a number: the time is added before. */
  draw(length: number): Uint8Array {
    this.add(this.#long);
    this.poll();
    if (!this.#stirred) {
      for (let left = poolSize; left > 0; left -= digestLength) this.add(digestLength);
      this.#stirred = true;
    }
    let index = this.#index;
    const filled = this.#filled;
    this.#index += Math.ceil(length / half) * half;
    if (this.#index > filled) this.#index %= filled;
    const counters = this.#counters(this.#draws++, this.#additions);
    const octets = Buffer.alloc(length);
    let digest = this.#digest;
    for (let at = 0; at < length; at += half) {
      const start = at === 0 ? this.#processId : Buffer.alloc(0);
      digest = sha1(start, digest, counters, this.#read(index, half, filled));
      index = this.#mix(index, digest.subarray(0, half), filled);
      digest.copy(octets, at, half, half + Math.min(half, length - at));
    }
    this.#digest = sha1(counters, digest, this.#digest);
    return octets;
  }

  #read(index: number, length: number, end: number): Buffer {
    const beyond = Math.max(0, index + length - end);
    return Buffer.concat([this.#pool.subarray(index, index + length - beyond), this.#pool.subarray(0, beyond)]);
  }

  #mix(index: number, digest: Uint8Array, end: number): number {
    let at = index;
    for (const octet of digest) {
      this.#pool[at]! ^= octet;
      at = (at + 1) % end;
    }
    return at;
  }

  #counters(draws: number, additions: number): Buffer {
    const counters = Buffer.alloc(2 * this.#long);
    counters.writeUInt32LE(draws, 0);
    counters.writeUInt32LE(additions, this.#long);
    return counters;
  }
}

function sha1(...parts: readonly Uint8Array[]): Buffer {
  const hash = createHash('sha1');
  for (const part of parts) hash.update(part);
  return hash.digest();
}
