/** Says what is wrong with a key that has none of the accepted forms. */
import { DerReader, rfc5480, rfc8017, rfc8410, rfc9881, tag } from '@touchmark/asn1';
import { uncompressedPoint } from './fixed-form-key.ts';
import { KeyPolicyError } from './key-policy-error.ts';
import type { KeyPolicyCode } from './key-policy-error.ts';
import { readStrictly } from './subject-public-key-info.ts';
import type { SubjectPublicKeyInfo } from './subject-public-key-info.ts';

interface OtherAlgorithm {
  readonly code: KeyPolicyCode;
  readonly reason: string;
}

const cannotSign = (what: string): OtherAlgorithm => ({
  code: 'keyAlgorithmCannotSign',
  reason: `${what}, which cannot sign`,
});

/** Algorithms that are met in the field and never accepted, with the reason. */
const otherAlgorithms: Readonly<Record<string, OtherAlgorithm>> = {
  [rfc8017['id-RSASSA-PSS']]: {
    code: 'keyRestrictedToPss',
    reason: 'an RSA key restricted to RSASSA-PSS, which many relying parties cannot read',
  },
  [rfc8017['id-RSAES-OAEP']]: cannotSign('an RSA key restricted to encryption'),
  [rfc5480['id-ecDH']]: cannotSign('an ECDH key'),
  '1.3.132.1.13': cannotSign('an ECMQV key'),
  [rfc8410['id-X25519']]: cannotSign('an X25519 key'),
  [rfc8410['id-X448']]: cannotSign('an X448 key'),
  [rfc8410['id-Ed448']]: {
    code: 'keyAlgorithmUnknown',
    reason: 'an Ed448 key, which few relying parties can verify',
  },
  '1.2.840.10040.4.1': { code: 'keyAlgorithmWithdrawn', reason: 'a DSA key, which is withdrawn (FIPS 186-5)' },
  '1.2.840.113549.1.3.1': cannotSign('a Diffie-Hellman key'),
  '1.2.840.10046.2.1': cannotSign('a Diffie-Hellman key'),
  '2.16.840.1.101.3.4.4.1': cannotSign('an ML-KEM-512 key'),
  '2.16.840.1.101.3.4.4.2': cannotSign('an ML-KEM-768 key'),
  '2.16.840.1.101.3.4.4.3': cannotSign('an ML-KEM-1024 key'),
};

/** Curves that are met in the field and never accepted. */
const otherCurves: Readonly<Record<string, string>> = {
  '1.2.840.10045.3.1.1': 'P-192, which is too weak',
  '1.3.132.0.33': 'P-224, which is too weak',
  '1.3.132.0.31': 'secp192k1, which is too weak',
  '1.3.132.0.32': 'secp224k1, which is too weak',
  '1.3.132.0.10': 'secp256k1',
  '1.3.36.3.3.2.8.1.1.7': 'brainpoolP256r1',
  '1.3.36.3.3.2.8.1.1.11': 'brainpoolP384r1',
  '1.3.36.3.3.2.8.1.1.13': 'brainpoolP512r1',
  '1.2.156.10197.1.301': 'SM2',
};

/** Octets of one coordinate. */
const acceptedCurves: Readonly<Record<string, { readonly name: string; readonly octets: number }>> = {
  [rfc5480.secp256r1]: { name: 'P-256', octets: 32 },
  [rfc5480.secp384r1]: { name: 'P-384', octets: 48 },
  [rfc5480.secp521r1]: { name: 'P-521', octets: 66 },
};

const fixedLengthAlgorithms: Readonly<Record<string, string>> = {
  [rfc8410['id-Ed25519']]: 'Ed25519',
  [rfc9881['id-ml-dsa-44']]: 'ML-DSA-44',
  [rfc9881['id-ml-dsa-65']]: 'ML-DSA-65',
  [rfc9881['id-ml-dsa-87']]: 'ML-DSA-87',
};

const makeInstead = 'Make an EC P-256 key, or an RSA key of 2048 bits or more.';

/** For keys that are neither RSA nor of a fixed form. */
export function explainUnacceptableKey(info: SubjectPublicKeyInfo): KeyPolicyError {
  const { algorithmOid } = info;
  if (algorithmOid === rfc5480['id-ecPublicKey']) return explainEcKey(info);
  const name = fixedLengthAlgorithms[algorithmOid];
  if (name !== undefined) return explainFixedLengthKey(name, info);
  const { code, reason } = otherAlgorithms[algorithmOid] ?? {
    code: 'keyAlgorithmUnknown',
    reason: `of an algorithm that is not supported (${algorithmOid})`,
  };
  return new KeyPolicyError(code, `The key is ${reason}. ${makeInstead}`);
}

/** RFC 8410 §3, RFC 9881 §2: parameters are absent; the key has one length. */
function explainFixedLengthKey(name: string, info: SubjectPublicKeyInfo): KeyPolicyError {
  return info.parametersDer === undefined
    ? new KeyPolicyError(
        'keyLengthInvalid',
        `The ${name} key has ${info.subjectPublicKey.length} octets, which is not the length of a key of this algorithm. Export it again with a current tool.`,
      )
    : new KeyPolicyError(
        'keyParametersInvalid',
        `The ${name} key has algorithm parameters, which must be absent. Export it again with a current tool.`,
      );
}

function explainEcKey({ parametersDer, subjectPublicKey }: SubjectPublicKeyInfo): KeyPolicyError {
  if (parametersDer?.[0] !== tag.oid) return explainEcParameters(parametersDer);
  const curveOid = readStrictly('SubjectPublicKeyInfo', () => new DerReader(parametersDer).oid());
  const curve = acceptedCurves[curveOid];
  if (curve === undefined) {
    const name = otherCurves[curveOid] ?? `a curve that is not supported (${curveOid})`;
    return new KeyPolicyError('keyCurveNotAllowed', `The key is on ${name}. Make a key on P-256, P-384 or P-521.`);
  }
  const { code, reason } = pointFault(subjectPublicKey, curve.octets);
  return new KeyPolicyError(
    code,
    `The ${curve.name} key ${reason}. Export it again as an uncompressed point, or make a new key.`,
  );
}

/** RFC 5480 §2.1.1: "specifiedCurve" and "implicitCurve" MUST NOT be used. */
function explainEcParameters(parametersDer: Uint8Array | undefined): KeyPolicyError {
  switch (parametersDer?.[0] ?? 0) {
    case tag.sequence:
      return new KeyPolicyError(
        'keyCurveExplicit',
        'The EC key spells out the parameters of its curve: such a curve can be forged (CVE-2020-0601). Make the key with a named curve, for example with "-pkeyopt ec_param_enc:named_curve".',
      );
    case 0:
    case tag.null:
      return new KeyPolicyError(
        'keyCurveMissing',
        'The EC key does not name its curve (implicitCurve, or no parameters). Make the key with a named curve.',
      );
    default:
      return new KeyPolicyError(
        'keyParametersInvalid',
        'The algorithm parameters of an EC key must be the name of a curve (RFC 5480 §2.1.1). Export the key again with a current tool.',
      );
  }
}

function pointFault(
  point: Uint8Array,
  coordinateOctets: number,
): { readonly code: KeyPolicyCode; readonly reason: string } {
  switch (point[0] ?? -1) {
    case 0x00:
      return { code: 'keyPointAtInfinity', reason: 'is the point at infinity, which is nobody’s key' };
    case 0x02:
    case 0x03:
      return {
        code: 'keyPointCompressed',
        reason: 'is a compressed point, which not every relying party can read',
      };
    case 0x06:
    case 0x07:
      return { code: 'keyPointHybrid', reason: 'is a point in hybrid form, which RFC 5480 does not allow' };
    case uncompressedPoint:
      return {
        code: 'keyLengthInvalid',
        reason: `has a point of ${point.length} octets instead of ${2 * coordinateOctets + 1}`,
      };
    default:
      return { code: 'keyPointInvalid', reason: 'has no point in any known form' };
  }
}
