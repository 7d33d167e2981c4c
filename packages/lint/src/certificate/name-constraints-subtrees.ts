/** RFC 5280 §4.2.1.10: the form of a subtree. */
import type { Lint } from '../lint.ts';
import type { GeneralSubtree } from '../structure/name-constraints.ts';
import type { CertificateFrame } from '../structure/tbs-certificate.ts';

export const nameConstraintsSubtrees: Lint<CertificateFrame> = {
  name: 'name-constraints-subtrees',
  citation: 'RFC 5280 §4.2.1.10',
  requirement: 'In a subtree minimum is zero and maximum absent, and an iPAddress is an address with its mask',
  check({ extensions }) {
    for (const subtree of extensions.values.nameConstraints?.subtrees ?? []) {
      const problem = subtreeProblem(subtree);
      if (problem !== undefined) return `a subtree of nameConstraints ${problem}`;
    }
    return undefined;
  },
};

function subtreeProblem({ base, hasDistance }: GeneralSubtree): string | undefined {
  if (hasDistance) return 'has a minimum or a maximum';
  if (base.kind === 'iPAddress' && base.content.length !== 8 && base.content.length !== 32) {
    return 'has an iPAddress of neither 8 nor 32 octets';
  }
  if (base.kind === 'dNSName' && (base.text.startsWith('.') || base.text.includes('*'))) {
    return `has the dNSName "${base.text}", which is no domain name`;
  }
  return undefined;
}
