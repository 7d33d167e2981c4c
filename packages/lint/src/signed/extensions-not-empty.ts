/** RFC 5280 §4.1.2.9 and §5.1.2.7: Extensions ::= SEQUENCE SIZE (1..MAX). */
import type { Lint } from '../lint.ts';
import type { SignedFrame } from '../structure/signed.ts';

export const extensionsNotEmpty: Lint<Pick<SignedFrame, 'extensions'>> = {
  name: 'extensions-not-empty',
  citation: 'RFC 5280 §4.1.2.9, §5.1.2.7',
  requirement: 'If present, the extensions field is a sequence of one or more extensions',
  check: ({ extensions }) =>
    extensions.isPresent && extensions.list.length === 0 ? 'the extensions field is there and empty' : undefined,
};
