/** The one table of signature algorithms: what certificates, CRLs, requests and responses may be signed with. */
import { Asn1Error, DerReader, contextTag, der, rfc5758, rfc8017, rfc8410, rfc9881, tag } from '@touchmark/asn1';
import type { KeyAlgorithmName, KeyKind } from './key-algorithm.ts';

/** Names are the RFCs' identifiers; RSASSA-PSS has one OID for all digests, hence the suffix. */
export type SignatureAlgorithmName =
  | `ecdsa-with-SHA${DigestSize}`
  | `sha${DigestSize}WithRSAEncryption`
  | `id-RSASSA-PSS-SHA${DigestSize}`
  | 'id-Ed25519'
  | `id-ml-dsa-${MlDsaParameterSet}`;

type DigestSize = 256 | 384 | 512;
type MlDsaParameterSet = 44 | 65 | 87;

/** Node's names. Algorithms that digest by themselves have none. */
export type DigestName = `sha${DigestSize}`;

export interface SignatureAlgorithm {
  readonly name: SignatureAlgorithmName;
  readonly oid: string;
  /** The whole AlgorithmIdentifier, parameters included, as it stands in signed structures. */
  readonly algorithmIdentifierDer: Uint8Array;
  readonly keyKind: KeyKind;
  /** Node's `asymmetricKeyType` of the keys that fit. */
  readonly keyType: 'ec' | 'rsa' | 'ed25519' | `ml-dsa-${MlDsaParameterSet}`;
  readonly digest: DigestName | null;
  /** Octets of RSASSA-PSS salt, in our own signatures the length of the digest; undefined for all other algorithms. */
  readonly saltLength: number | undefined;
}

const digestSizes = [256, 384, 512] as const;

/** RFC 5758 §3.2: parameters are absent. */
const ecdsa = digestSizes.map((size): SignatureAlgorithm => {
  const name = `ecdsa-with-SHA${size}` as const;
  const oid = rfc5758[name];
  return {
    name,
    oid,
    algorithmIdentifierDer: der.sequence(der.oid(oid)),
    keyKind: 'ec',
    keyType: 'ec',
    digest: `sha${size}`,
    saltLength: undefined,
  };
});

/** RFC 4055 §5: parameters are NULL. */
const rsaPkcs1 = digestSizes.map((size): SignatureAlgorithm => {
  const name = `sha${size}WithRSAEncryption` as const;
  const oid = rfc8017[name];
  return {
    name,
    oid,
    algorithmIdentifierDer: der.sequence(der.oid(oid), der.null()),
    keyKind: 'rsa',
    keyType: 'rsa',
    digest: `sha${size}`,
    saltLength: undefined,
  };
});

const rsaPss = digestSizes.map((size): SignatureAlgorithm => {
  return {
    name: `id-RSASSA-PSS-SHA${size}`,
    oid: rfc8017['id-RSASSA-PSS'],
    algorithmIdentifierDer: rsaPssIdentifier(size, 'null', 'null', size / 8),
    keyKind: 'rsa',
    keyType: 'rsa',
    digest: `sha${size}`,
    saltLength: size / 8,
  };
});

/** RFC 8410 §3: parameters are absent. */
const ed25519: SignatureAlgorithm = {
  name: 'id-Ed25519',
  oid: rfc8410['id-Ed25519'],
  algorithmIdentifierDer: der.sequence(der.oid(rfc8410['id-Ed25519'])),
  keyKind: 'ed25519',
  keyType: 'ed25519',
  digest: null,
  saltLength: undefined,
};

/** RFC 9881 §2: parameters are absent; pure ML-DSA with an empty context (§3). */
const mlDsa = ([44, 65, 87] as const).map((parameterSet): SignatureAlgorithm => {
  const name = `id-ml-dsa-${parameterSet}` as const;
  const oid = rfc9881[name];
  return {
    name,
    oid,
    algorithmIdentifierDer: der.sequence(der.oid(oid)),
    keyKind: 'ml-dsa',
    keyType: `ml-dsa-${parameterSet}`,
    digest: null,
    saltLength: undefined,
  };
});

const all: readonly SignatureAlgorithm[] = [...ecdsa, ...rsaPkcs1, ...rsaPss, ed25519, ...mlDsa];

export const signatureAlgorithms = Object.fromEntries(all.map((algorithm) => [algorithm.name, algorithm])) as Readonly<
  Record<SignatureAlgorithmName, SignatureAlgorithm>
>;

type Parameters = 'null' | 'absent';

/** RFC 4055 §2.1: of the two hash algorithms in the parameters of RSASSA-PSS; ours first. */
const parameterForms: readonly (readonly [digest: Parameters, mask: Parameters])[] = [
  ['null', 'null'],
  ['null', 'absent'],
  ['absent', 'null'],
  ['absent', 'absent'],
];

/** By encoded AlgorithmIdentifier: the forms we write and the other forms that receivers must accept. */
const byIdentifier: ReadonlyMap<string, SignatureAlgorithm> = new Map([
  ...all.map((algorithm) => [keyOf(algorithm.algorithmIdentifierDer), algorithm] as const),
  // RFC 4055 §5: "Implementations MUST accept the parameters being absent as well as present."
  ...rsaPkcs1.map((algorithm) => [keyOf(der.sequence(der.oid(algorithm.oid))), algorithm] as const),
  // The same for the hash algorithms of RSASSA-PSS.
  ...digestSizes.flatMap((size, index) => {
    const algorithm = rsaPss[index];
    if (algorithm === undefined) return [];
    return parameterForms.map((form) => [keyOf(rsaPssIdentifier(size, ...form, size / 8)), algorithm] as const);
  }),
]);

/** The algorithm of an AlgorithmIdentifier in DER; undefined for all that is not in the table, parameters included. */
export function findSignatureAlgorithm(algorithmIdentifierDer: Uint8Array): SignatureAlgorithm | undefined {
  return byIdentifier.get(keyOf(algorithmIdentifierDer)) ?? findRsaPssWithLongerSalt(algorithmIdentifierDer);
}

/** No key that the key policy accepts has room for more. */
const longestSalt = 1024;

/**
 * RSASSA-PSS with a longer salt than ours, to verify: OpenSSL before 3.1 takes the longest that the key has room for unless
 * it is told otherwise. The digests must be as in the table.
 */
function findRsaPssWithLongerSalt(algorithmIdentifierDer: Uint8Array): SignatureAlgorithm | undefined {
  const saltLength = readSaltLength(algorithmIdentifierDer);
  if (saltLength === undefined || saltLength > longestSalt) return undefined;
  const key = keyOf(algorithmIdentifierDer);
  const index = digestSizes.findIndex(
    (size) =>
      saltLength > size / 8 &&
      parameterForms.some((form) => keyOf(rsaPssIdentifier(size, ...form, saltLength)) === key),
  );
  const known = rsaPss[index];
  return known && { ...known, algorithmIdentifierDer, saltLength };
}

function readSaltLength(algorithmIdentifierDer: Uint8Array): number | undefined {
  try {
    const algorithm = new DerReader(algorithmIdentifierDer).enter(tag.sequence);
    if (algorithm.oid() !== rfc8017['id-RSASSA-PSS'] || algorithm.done) return undefined;
    const parameters = algorithm.enter(tag.sequence);
    parameters.optionalElement(contextTag(0, true));
    parameters.optionalElement(contextTag(1, true));
    return parameters.optionalEnter(contextTag(2, true))?.smallInteger();
  } catch (error) {
    if (error instanceof Asn1Error) return undefined;
    throw error;
  }
}

/** What a key of that algorithm signs with unless told otherwise: a digest of the strength of the key, SHA-256 for RSA. */
export function defaultSignatureAlgorithm(keyAlgorithm: KeyAlgorithmName | 'rsa-other'): SignatureAlgorithm {
  return signatureAlgorithms[defaultNames[keyAlgorithm]];
}

const defaultNames: Readonly<Record<KeyAlgorithmName | 'rsa-other', SignatureAlgorithmName>> = {
  'ec-p256': 'ecdsa-with-SHA256',
  'ec-p384': 'ecdsa-with-SHA384',
  'ec-p521': 'ecdsa-with-SHA512',
  'rsa-2048': 'sha256WithRSAEncryption',
  'rsa-3072': 'sha256WithRSAEncryption',
  'rsa-4096': 'sha256WithRSAEncryption',
  'rsa-other': 'sha256WithRSAEncryption',
  ed25519: 'id-Ed25519',
  'ml-dsa-44': 'id-ml-dsa-44',
  'ml-dsa-65': 'id-ml-dsa-65',
  'ml-dsa-87': 'id-ml-dsa-87',
};

/**
 * RSASSA-PSS-params (RFC 4055 §3.1): the digest, MGF1 with the same digest, and the length of the salt. The trailer
 * field has its default and is therefore absent.
 */
function rsaPssIdentifier(
  size: DigestSize,
  digestParameters: Parameters,
  maskParameters: Parameters,
  saltLength: number,
): Uint8Array {
  const digestOid = rfc8017[`id-sha${size}`];
  const digest = (parameters: Parameters): Uint8Array =>
    parameters === 'null' ? der.sequence(der.oid(digestOid), der.null()) : der.sequence(der.oid(digestOid));
  return der.sequence(
    der.oid(rfc8017['id-RSASSA-PSS']),
    der.sequence(
      der.explicit(0, digest(digestParameters)),
      der.explicit(1, der.sequence(der.oid(rfc8017['id-mgf1']), digest(maskParameters))),
      der.explicit(2, der.integer(saltLength)),
    ),
  );
}

function keyOf(bytes: Uint8Array): string {
  return Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength).toString('latin1');
}
