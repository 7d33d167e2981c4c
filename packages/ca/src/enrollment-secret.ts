/** Enrollment secrets: how they are made, written down and compared. */
import { timingSafeEqual } from 'node:crypto';
import { sha256 } from '@touchmark/crypto';
import { base32 } from './base32.ts';
import type { EnrollmentSecret } from './model.ts';
import type { RandomBytes } from './ports.ts';

/** `secret` is shown once: a public id of 8 characters, a dash, and 160 random bits in base32. */
export interface NewEnrollmentSecret {
  readonly id: string;
  readonly secret: string;
  readonly secretSha256: Uint8Array;
}

export function newEnrollmentSecret(randomBytes: RandomBytes): NewEnrollmentSecret {
  const id = base32(randomBytes(5));
  const secret = `${id}-${base32(randomBytes(20))}`;
  return { id, secret, secretSha256: hashSecret(secret) };
}

/** The public id in a presented secret, or undefined when it has not the form of one. */
export function secretIdOf(presented: string): string | undefined {
  return /^([a-z2-7]{8})-[a-z2-7]{32}$/i.exec(presented)?.[1]?.toLowerCase();
}

/** Constant time in the secret. A fast hash suffices: the secret has 160 random bits. */
export function secretMatches(stored: EnrollmentSecret, presented: string): boolean {
  return timingSafeEqual(stored.secretSha256, hashSecret(presented));
}

function hashSecret(secret: string): Uint8Array {
  return sha256(new TextEncoder().encode(secret.toLowerCase()));
}
