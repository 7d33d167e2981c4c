/** RFC 5280 §4.2: extnValue is the DER encoding of the type that extnID stands for. */
import type { Lint } from '../lint.ts';
import type { Signed } from '../structure/signed.ts';

export const extensionValueType: Lint<Pick<Signed, 'extensions'>> = {
  name: 'extension-value-type',
  citation: 'RFC 5280 §4.2',
  requirement: 'The value of an extension is the DER encoding of its ASN.1 type',
  check({ extensions }) {
    const first = extensions.undecodable[0];
    return first && `the value of the extension ${first.extnID} is not of its type: ${first.reason}`;
  },
};
