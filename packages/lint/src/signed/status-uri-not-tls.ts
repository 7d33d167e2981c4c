/** RFC 5280 §8: fetching status over TLS needs the status that is being fetched. */
import type { Lint } from '../lint.ts';
import type { SignedFrame } from '../structure/signed.ts';
import { statusUrisOf } from '../structure/status-uris.ts';

const overTls = /^(?:https|ldaps):/i;

export const statusUriNotTls: Lint<SignedFrame> = {
  name: 'status-uri-not-tls',
  citation: 'RFC 5280 §8',
  requirement: 'CAs SHOULD NOT include https or ldaps URIs in CRL and access extensions: they may recurse for ever',
  check({ extensions }) {
    for (const { extension, text } of statusUrisOf(extensions)) {
      if (overTls.test(text)) return `${extension} has the URI ${text}, which needs TLS`;
    }
    return undefined;
  },
};
