/** Keys whose private halves are printed in standards, for tests: whoever reads them has the key. */
import { sha256Hex } from './digest.ts';
import { KeyPolicyError } from './key-policy-error.ts';

/** By the SHA-256 of the SubjectPublicKeyInfo. */
const published: ReadonlyMap<string, string> = new Map([
  ['8fb6bad671cfe698393c453357da61b56d757ab8c0f3fb9c87f2849e63131878', 'RFC 9500 §2.1, testRSA2048'],
  ['b2b04340cfaee616ec9c2c62d261b208e54bb197498df52e8cadede23ac0ba5e', 'RFC 9500 §2.3, testECCP256'],
  ['c4c10105a0be0ed4dd3354428dc38a9bfee64da141ce16e75c94eda272f9dd3a', 'RFC 9500 §2.3, testECCP384'],
  ['acb1b8327fef995e2458fdf5e3c33b2dc0749feabd6a894cb9bda9d70ac06c24', 'RFC 9500 §2.3, testECCP521'],
  ['5a7a78cca4a0f420d9bc62bb669c3c2759e39f723d3ae10dcbe0f0815a07ecd4', 'RFC 6979 §A.2.5'],
  ['2f95601fa82060b909bfc6b979dbd303d34d34e0afb27ea496beac362f242a4b', 'RFC 6979 §A.2.6'],
  ['2fb6d46385242ea4ad431f7175e7014eb74a5fc60f65b50ca54cc23c5b08de38', 'RFC 6979 §A.2.7'],
  ['2bd1bb0c44a897c30a7aa0991cde38d8062fe441de50da0f46825344f602e827', 'RFC 7515 §A.3'],
  ['06e3fd8fda29bb60ab59557de61edb0aecdb231134be30e75b455f8e1b792fa9', 'RFC 8032 §7.1'],
  ['deb2ded39dc26fce0e6085b6fc34bf6b5941913bbfe2ea614113cff9e004c170', 'RFC 8032 §7.1'],
  ['8d39ba50abe50f77b6bb8ae7b6927aff7ffbeba35ad2837c0e51e82bcbcc60d5', 'RFC 8032 §7.1'],
  ['a1e9156054e04fac899ae9f275132cdc07a5dbc4ea2c2ad3a1ffc6e0d253681f', 'RFC 8410 §10.3'],
]);

/** @throws KeyPolicyError `keyPublished` */
export function checkNotPublished(subjectPublicKeyInfoDer: Uint8Array): void {
  const place = published.get(sha256Hex(subjectPublicKeyInfoDer));
  if (place === undefined) return;
  throw new KeyPolicyError(
    'keyPublished',
    `The private key is printed in a standard (${place}), for tests: everybody has it. Make a key of the device's own.`,
  );
}
