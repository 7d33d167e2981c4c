/** Whether 32 octets are a public key of Ed25519; OpenSSL loads any. */
import { KeyPolicyError } from './key-policy-error.ts';

const p = 2n ** 255n - 19n;
/** -121665/121666 modulo p (RFC 8032 §5.1). */
const d = 0x52036cee2b6ffe738cc740797779e89800700a4d4141d8ab75eb4dca135978a3n;

/** The y coordinates of the eight points whose order divides 8, from order 1 to 8. */
const smallOrderYs: ReadonlySet<bigint> = new Set([
  1n,
  p - 1n,
  0n,
  0x05fc536d880238b13933c6d305acdfd5f098eff289f4c345b027b2c28f95e826n,
  0x7a03ac9277fdc74ec6cc392cfa53202a0f67100d760b3cba4fd84d3d706a17c7n,
]);

/**
 * RFC 8032 §5.1.3: y is below p and x² = (y² - 1) / (d·y² + 1) has a root. Points of small order are refused too: the
 * equation of §5.1.7 holds for signatures that need no private key, and not every verifier looks for them.
 */
export function checkEd25519Point(encoded: Uint8Array): void {
  const littleEndian = Uint8Array.from(encoded).reverse();
  const y = BigInt(`0x${Buffer.from(littleEndian).toString('hex')}`) & (2n ** 255n - 1n);
  if (y >= p) throw invalidPoint('its y coordinate is not below 2^255 - 19');
  if (smallOrderYs.has(y)) {
    throw new KeyPolicyError(
      'keyPointSmallOrder',
      'The Ed25519 key is not valid: the point has a small order, so that signatures can be forged. Make a new key.',
    );
  }
  const ySquared = (y * y) % p;
  // A quotient is a square exactly if the product is.
  if (jacobi(((ySquared - 1n) * (d * ySquared + 1n)) % p, p) === -1)
    throw invalidPoint('the point is not on the curve');
}

function invalidPoint(reason: string): KeyPolicyError {
  return new KeyPolicyError('keyPointInvalid', `The Ed25519 key is not valid: ${reason}. Make a new key.`);
}

/** The Jacobi symbol of 0 ≤ a < n, n odd: by Euclid's algorithm, several times faster than Euler's criterion. */
function jacobi(a: bigint, n: bigint): number {
  let [top, bottom, sign] = [a, n, 1];
  while (top !== 0n) {
    while ((top & 1n) === 0n) {
      top >>= 1n;
      const residue = Number(bottom & 7n);
      if (residue === 3 || residue === 5) sign = -sign;
    }
    [top, bottom] = [bottom, top];
    if ((top & 3n) === 3n && (bottom & 3n) === 3n) sign = -sign;
    top %= bottom;
  }
  return bottom === 1n ? sign : 0;
}
