/** RFC 5280 §4.2.1.6 with RFC 3986 §3: URIs of CRL and access extensions are absolute and have a host. */
import type { Lint } from '../lint.ts';
import type { SignedFrame } from '../structure/signed.ts';
import { statusUrisOf } from '../structure/status-uris.ts';
import { uriProblem } from '../structure/uri.ts';

export const statusUriForm: Lint<SignedFrame> = {
  name: 'status-uri-form',
  citation: 'RFC 5280 §4.2.1.6, §4.2.1.13, §4.2.2.1',
  requirement: 'A URI in CRL and access extensions is absolute, in ASCII, and names a host where its scheme has one',
  check({ extensions }) {
    for (const { extension, text } of statusUrisOf(extensions)) {
      const problem = uriProblem(text);
      if (problem !== undefined) return `${extension} has a URI that ${problem}`;
    }
    return undefined;
  },
};
