/** The finding about bytes that no lint can look into. */
import type { Asn1Error } from '@touchmark/asn1';
import type { LintFinding } from './lint.ts';

export function notDer(type: 'TBSCertificate' | 'TBSCertList' | 'CRL entry', error: Asn1Error): LintFinding {
  return {
    lint: 'not-der',
    citation: 'RFC 5280 §4.1, §5.1',
    message: `the bytes are not the DER encoding of a ${type}: ${error.message}`,
  };
}
