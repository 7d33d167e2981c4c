/** RFC 5280 §4.2.1.6: a dNSName is in the preferred name syntax; a wildcard is the whole first label (RFC 9525 §6.3). */
import type { Lint } from '../lint.ts';
import { hostNameProblem } from '../structure/host-name.ts';
import type { Signed } from '../structure/signed.ts';

export const dnsNameForm: Lint<Signed> = {
  name: 'dns-name-form',
  citation: 'RFC 5280 §4.2.1.6, RFC 1034 §3.5, RFC 9525 §6.3',
  requirement: 'The dNSName MUST be in the preferred name syntax; an asterisk stands for the whole leftmost label only',
  check({ alternativeNames }) {
    for (const name of alternativeNames) {
      if (name.kind !== 'dNSName') continue;
      const problem = hostNameProblem(name.text.startsWith('*.') ? name.text.slice(2) : name.text);
      if (problem !== undefined) return `the dNSName "${name.text}" ${problem}`;
    }
    return undefined;
  },
};
