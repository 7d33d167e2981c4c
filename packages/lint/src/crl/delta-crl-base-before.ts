/** RFC 5280 §5.2.4: a delta is newer than the CRL that it builds on. */
import { compareBytes } from '@touchmark/asn1';
import type { Lint } from '../lint.ts';
import type { TbsCertList } from '../structure/tbs-cert-list.ts';

export const deltaCrlBaseBefore: Lint<TbsCertList> = {
  name: 'delta-crl-base-before',
  citation: 'RFC 5280 §5.2.3, §5.2.4',
  requirement: 'The CRL number of a delta CRL is greater than its BaseCRLNumber',
  check({ extensions: { values } }) {
    const { cRLNumber, deltaCRLIndicator } = values;
    if (cRLNumber === undefined || deltaCRLIndicator === undefined) return undefined;
    return isGreater(cRLNumber, deltaCRLIndicator) ? undefined : 'the CRL number is not greater than the BaseCRLNumber';
  },
};

/** Content octets of non-negative INTEGERs, each as short as possible. */
function isGreater(left: Uint8Array, right: Uint8Array): boolean {
  return left.length === right.length ? compareBytes(left, right) > 0 : left.length > right.length;
}
