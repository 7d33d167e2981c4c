/** RFC 6818 §3: the text of a user notice. */
import { tag } from '@touchmark/asn1';
import type { Lint } from '../lint.ts';
import type { DisplayText } from '../structure/policies.ts';
import type { CertificateFrame } from '../structure/tbs-certificate.ts';
import { characterCount, utf8Text } from '../structure/text.ts';

export const explicitTextForm: Lint<CertificateFrame> = {
  name: 'explicit-text-form',
  citation: 'RFC 6818 §3, RFC 5280 §4.2.1.4',
  requirement: 'explicitText is a UTF8String or IA5String of 1 to 200 characters',
  check({ extensions }) {
    for (const { explicitTexts } of extensions.values.certificatePolicies ?? []) {
      for (const text of explicitTexts) {
        const problem = textProblem(text);
        if (problem !== undefined) return `the explicitText of a policy ${problem}`;
      }
    }
    return undefined;
  },
};

function textProblem({ tag: identifier, content }: DisplayText): string | undefined {
  if (identifier !== tag.utf8String && identifier !== tag.ia5String) return 'is neither UTF8String nor IA5String';
  const characters = characterCount(utf8Text(content) ?? '');
  return characters >= 1 && characters <= 200 ? undefined : 'has not 1 to 200 characters';
}
