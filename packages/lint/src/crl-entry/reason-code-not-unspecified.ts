/** RFC 5280 §5.3.1: instead of `unspecified` the reason is left out. */
import type { Lint } from '../lint.ts';
import type { CrlEntryInList } from '../structure/tbs-cert-list.ts';

export const reasonCodeNotUnspecified: Lint<CrlEntryInList> = {
  name: 'reason-code-not-unspecified',
  citation: 'RFC 5280 §5.3.1',
  requirement: 'The reason code extension SHOULD be absent instead of using the unspecified (0) value',
  check: ({ extensions }) => (extensions.values.reasonCode === 0 ? 'the reason code is unspecified' : undefined),
};
