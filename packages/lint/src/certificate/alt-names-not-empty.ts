/** RFC 5280 §4.2.1.6: GeneralNames ::= SEQUENCE SIZE (1..MAX). */
import type { Lint } from '../lint.ts';
import type { TbsCertificate } from '../structure/tbs-certificate.ts';

export const altNamesNotEmpty: Lint<TbsCertificate> = {
  name: 'alt-names-not-empty',
  citation: 'RFC 5280 §4.2.1.6, §4.2.1.7',
  requirement: 'If subjectAltName or issuerAltName is present, it MUST contain at least one entry',
  check({ extensions: { values, subjectValues } }) {
    if (subjectValues.subjectAltName?.length === 0) return 'subjectAltName is empty';
    return values.issuerAltName?.length === 0 ? 'issuerAltName is empty' : undefined;
  },
};
