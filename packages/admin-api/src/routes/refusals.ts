/** Routes of the table of refusals: what each code means and how to mend it. */
import { CaError, didYouMean, findRefusal, refusalCodes } from '@touchmark/ca';
import { jsonRoute } from '../route.ts';
import { pageOf } from '../schemas/common.ts';
import { Refusal, RefusalParams, showRefusal } from '../schemas/refusal.ts';

const tag = 'service';

export const refusalRoutes = [
  jsonRoute({
    name: 'listRefusals',
    method: 'GET',
    path: '/refusals',
    tag,
    summary: 'List every reason for which the authority refuses',
    access: { kind: 'authenticated' },
    response: pageOf(Refusal),
    description: 'All refusals, in the order of docs/refusals.md',
    handle: async () => ({ items: refusalCodes.map(showRefusal), nextCursor: null }),
  }),
  jsonRoute({
    name: 'getRefusal',
    method: 'GET',
    path: '/refusals/{code}',
    tag,
    summary: 'Explain a refusal: what, why, and how to mend it',
    access: { kind: 'authenticated' },
    params: RefusalParams,
    response: Refusal,
    description: 'The refusal; the case of the code does not matter',
    handle: async ({ params }) => {
      const found = findRefusal(params.code);
      if (found !== undefined) return showRefusal(found.code);
      throw new CaError(
        'notFound',
        `There is no refusal code "${params.code}".${didYouMean(params.code, refusalCodes)}`,
      );
    },
  }),
];
