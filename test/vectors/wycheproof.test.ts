/**
 * Project Wycheproof: signatures and keys made to trip verifiers. The vectors (testvectors_v1/*.json of C2SP/wycheproof) are
 * looked for in test/corpora/wycheproof; they are not part of this repository.
 */
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from '@jest/globals';
import {
  KeyPolicyError,
  parsePublicKey,
  signatureAlgorithms,
  verifySignature,
} from '../../packages/crypto/src/index.ts';
import type { PublicKey, SignatureAlgorithm } from '../../packages/crypto/src/index.ts';

interface Vector {
  readonly tcId: number;
  readonly comment: string;
  readonly msg: string;
  readonly sig: string;
  /** ML-DSA alone. */
  readonly ctx?: string;
  readonly result: 'valid' | 'acceptable' | 'invalid';
}

interface Group {
  readonly type: string;
  readonly publicKeyDer: string;
  /** An object for RSA. */
  readonly publicKey?: string | { readonly publicExponent?: string };
  readonly sha?: string;
  readonly mgfSha?: string;
  readonly sLen?: number;
  readonly tests: readonly Vector[];
}

const directory = join(import.meta.dirname, '../corpora/wycheproof/testvectors_v1');

/** What we verify, by the names of the files; files of other algorithms are not ours. */
const kinds = {
  ECDSA: /^ecdsa_secp(?:256r1|384r1|521r1)_sha(?:256|384|512)_test\.json$/,
  'RSASSA-PKCS1-v1_5': /^rsa_signature_\d+_sha(?:256|384|512)_test\.json$/,
  'RSASSA-PSS': /^rsa_pss_\d+_sha(?:256|384|512)_mgf1_\d+_test\.json$/,
  Ed25519: /^ed25519_test\.json$/,
  'ML-DSA': /^mldsa_\d\d_verify_test\.json$/,
} as const;

const present = existsSync(directory) ? readdirSync(directory) : [];

/** The algorithm that a group is about; undefined when our table has none, so that every signature must be refused. */
function algorithmOf(group: Group, publicKey: PublicKey): SignatureAlgorithm | undefined {
  const size = group.sha?.slice('SHA-'.length) as '256' | '384' | '512';
  switch (group.type) {
    case 'EcdsaVerify':
      return signatureAlgorithms[`ecdsa-with-SHA${size}`];
    case 'RsassaPkcs1Verify':
      return signatureAlgorithms[`sha${size}WithRSAEncryption`];
    case 'RsassaPssVerify': {
      const algorithm = signatureAlgorithms[`id-RSASSA-PSS-SHA${size}`];
      return group.mgfSha === group.sha && group.sLen === algorithm.saltLength ? algorithm : undefined;
    }
    case 'EddsaVerify':
      return signatureAlgorithms['id-Ed25519'];
    case 'MlDsaVerify': {
      const parameterSet = publicKey.keyAlgorithm.slice('ml-dsa-'.length) as '44' | '65' | '87';
      return signatureAlgorithms[`id-ml-dsa-${parameterSet}`];
    }
    default:
      throw new Error(`Vectors of type ${group.type} are new.`);
  }
}

/** What the key policy refuses comes as its code: then no signature can be accepted. */
function keyOf(group: Group): PublicKey | KeyPolicyError['code'] {
  try {
    return parsePublicKey(Buffer.from(group.publicKeyDer, 'hex'));
  } catch (error) {
    if (error instanceof KeyPolicyError) return error.code;
    throw error;
  }
}

function accepts(group: Group, publicKey: ReturnType<typeof keyOf>, vector: Vector): boolean {
  if (typeof publicKey === 'string') return false;
  const algorithm = algorithmOf(group, publicKey);
  if (algorithm === undefined) return false;
  return verifySignature(
    algorithm,
    publicKey.keyObject,
    Buffer.from(vector.msg, 'hex'),
    Buffer.from(vector.sig, 'hex'),
  );
}

/** Whether a vector that Wycheproof calls valid is one that certificates of ours can have. */
function isInOurProfile(group: Group, vector: Vector): boolean {
  // Ed25519 has vectors under the keys that RFC 8032 prints.
  if (keyOf(group) === 'keyPublished') return false;
  // The key policy refuses e = 3, for which some vectors are made.
  if (typeof group.publicKey === 'object' && ![undefined, '010001'].includes(group.publicKey.publicExponent))
    return false;
  // RFC 9881 §3: the context is empty.
  if (vector.ctx !== undefined && vector.ctx !== '') return false;
  // RFC 4055 §3.1 as we profile it: one digest, and a salt of its length.
  if (group.type === 'RsassaPssVerify') {
    return group.mgfSha === group.sha && group.sLen === Number(group.sha?.slice('SHA-'.length)) / 8;
  }
  return true;
}

for (const [kind, pattern] of Object.entries(kinds)) {
  const files = present.filter((file) => pattern.test(file));
  describe(`Wycheproof ${kind}`, () => {
    if (files.length === 0) it.skip('skipped: corpora absent', () => undefined);
    for (const file of files) it(`${file}: accepts what is valid, and nothing that is not`, () => checkVectors(file));
  });
}

function checkVectors(file: string): void {
  const { testGroups } = JSON.parse(readFileSync(join(directory, file), 'utf8')) as { testGroups: readonly Group[] };
  const wrong: string[] = [];
  let accepted = 0;
  for (const group of testGroups) {
    const publicKey = keyOf(group);
    for (const vector of group.tests) {
      const verdict = accepts(group, publicKey, vector);
      if (verdict) accepted += 1;
      // "acceptable" vectors may go either way.
      if (vector.result === 'acceptable') continue;
      const expected = vector.result === 'valid' && isInOurProfile(group, vector);
      if (verdict !== expected) wrong.push(`${vector.tcId} (${vector.result}, ${vector.comment}): ${String(verdict)}`);
    }
  }
  expect(wrong).toEqual([]);
  // A file of which nothing verifies would pass without saying anything.
  expect(accepted > 0).toBe(testGroups.some((group) => group.tests.some((vector) => isInOurProfile(group, vector))));
}
