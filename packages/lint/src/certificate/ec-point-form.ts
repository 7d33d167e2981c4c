/** RFC 5480 §2.2: an ECPoint is 04 with both coordinates, or 02 or 03 with one, of the size of the curve. */
import { DerReader, tag } from '@touchmark/asn1';
import type { Lint } from '../lint.ts';
import { keyAlgorithmId, namedCurveCoordinateLength } from '../structure/identifiers.ts';
import type { TbsCertificate } from '../structure/tbs-certificate.ts';

export const ecPointForm: Lint<TbsCertificate> = {
  name: 'ec-point-form',
  citation: 'RFC 5480 §2.2',
  requirement: 'The first octet of an ECPoint says whether it is compressed, and its length fits the curve',
  check({ subjectPublicKeyInfo: { algorithm, subjectPublicKey } }) {
    const { parametersDer } = algorithm;
    if (algorithm.algorithm !== keyAlgorithmId.ecPublicKey || parametersDer?.[0] !== tag.oid) return undefined;
    const length = namedCurveCoordinateLength[new DerReader(parametersDer).oid()];
    if (length === undefined) return undefined;
    const form = subjectPublicKey[0];
    const coordinates = form === 0x04 ? 2 : form === 0x02 || form === 0x03 ? 1 : undefined;
    if (coordinates === undefined) return 'the elliptic curve point is neither uncompressed nor compressed';
    return subjectPublicKey.length === 1 + coordinates * length
      ? undefined
      : `the elliptic curve point has ${subjectPublicKey.length} octets, not ${1 + coordinates * length}`;
  },
};
