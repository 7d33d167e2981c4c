/**
 * Encryption under a password by PBES2 (RFC 8018 §6.2): PBKDF2 with HMAC-SHA-256, AES-256 in CBC mode.
 *
 *     PBES2-params ::= SEQUENCE {
 *       keyDerivationFunc AlgorithmIdentifier {{PBES2-KDFs}},
 *       encryptionScheme AlgorithmIdentifier {{PBES2-Encs}} }
 *     PBKDF2-params ::= SEQUENCE {
 *       salt CHOICE { specified OCTET STRING, … },
 *       iterationCount INTEGER (1..MAX),
 *       keyLength INTEGER (1..MAX) OPTIONAL,
 *       prf AlgorithmIdentifier {{PBKDF2-PRFs}} DEFAULT algid-hmacWithSHA1 }
 */
import { createCipheriv, pbkdf2 } from 'node:crypto';
import { promisify } from 'node:util';
import { der, rfc8018 } from '@touchmark/asn1';

export interface Pbes2Encryption {
  /** AlgorithmIdentifier. */
  readonly algorithmDer: Uint8Array;
  readonly encrypted: Uint8Array;
}

const deriveKey = promisify(pbkdf2);
const keyOctets = 32;

/** As much as NSS, and so Firefox, still opens; OWASP asks for no less. */
const iterationCount = 600_000;

/** @param randomBytes for salt and initialization vector */
export async function encryptPbes2(
  plain: Uint8Array,
  password: string,
  randomBytes: (length: number) => Uint8Array,
): Promise<Pbes2Encryption> {
  const salt = randomBytes(16);
  const iv = randomBytes(16);
  const key = await deriveKey(Buffer.from(password, 'utf8'), salt, iterationCount, keyOctets, 'sha256');
  const cipher = createCipheriv('aes-256-cbc', key, iv);
  const encrypted = Buffer.concat([cipher.update(plain), cipher.final()]);
  key.fill(0);
  const prf = der.sequence(der.oid(rfc8018['id-hmacWithSHA256']), der.null());
  const keyDerivationFunc = der.sequence(
    der.oid(rfc8018['id-PBKDF2']),
    der.sequence(der.octetString(salt), der.integer(iterationCount), der.integer(keyOctets), prf),
  );
  const encryptionScheme = der.sequence(der.oid(rfc8018['aes256-CBC-PAD']), der.octetString(iv));
  return {
    algorithmDer: der.sequence(der.oid(rfc8018['id-PBES2']), der.sequence(keyDerivationFunc, encryptionScheme)),
    encrypted: new Uint8Array(encrypted),
  };
}
