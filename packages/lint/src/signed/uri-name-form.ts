/** RFC 5280 §4.2.1.6: a uniformResourceIdentifier is absolute, and its authority has a host name or an IP address. */
import type { Lint } from '../lint.ts';
import type { Signed } from '../structure/signed.ts';
import { uriProblem } from '../structure/uri.ts';

export const uriNameForm: Lint<Signed> = {
  name: 'uri-name-form',
  citation: 'RFC 5280 §4.2.1.6, RFC 3986 §3',
  requirement:
    'A URI among the alternative names MUST NOT be relative and MUST have a scheme and a scheme-specific part',
  check({ alternativeNames }) {
    for (const name of alternativeNames) {
      if (name.kind !== 'uniformResourceIdentifier') continue;
      const problem = uriProblem(name.text);
      if (problem !== undefined) return `an alternative name has a URI that ${problem}`;
    }
    return undefined;
  },
};
