/** RFC 5280 §5.1.2.5: the next CRL comes after this one. */
import type { Lint } from '../lint.ts';
import type { TbsCertList } from '../structure/tbs-cert-list.ts';

export const updateOrder: Lint<TbsCertList> = {
  name: 'update-order',
  citation: 'RFC 5280 §5.1.2.4, §5.1.2.5',
  requirement: 'nextUpdate is later than thisUpdate',
  check({ thisUpdate, nextUpdate }) {
    if (thisUpdate.epochMilliseconds === undefined || nextUpdate?.epochMilliseconds === undefined) return undefined;
    return nextUpdate.epochMilliseconds <= thisUpdate.epochMilliseconds
      ? `nextUpdate ${nextUpdate.text} is not later than thisUpdate ${thisUpdate.text}`
      : undefined;
  },
};
