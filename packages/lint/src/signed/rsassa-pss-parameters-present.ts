/** RFC 4055 §3.1: id-RSASSA-PSS as a signature algorithm carries its parameters. */
import { tag } from '@touchmark/asn1';
import type { Lint } from '../lint.ts';
import type { SignedFrame } from '../structure/signed.ts';

const idRsassaPss = '1.2.840.113549.1.1.10';

export const rsassaPssParametersPresent: Lint<SignedFrame> = {
  name: 'rsassa-pss-parameters-present',
  citation: 'RFC 4055 §3.1',
  requirement: 'When id-RSASSA-PSS identifies a signature, RSASSA-PSS-params MUST be present',
  check: ({ signature }) =>
    signature.algorithm === idRsassaPss && signature.parametersDer?.[0] !== tag.sequence
      ? 'the RSASSA-PSS signature algorithm lacks its parameters'
      : undefined,
};
