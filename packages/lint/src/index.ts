/** Requirements of the specifications, one per file, over to-be-signed bytes. */
export { certificateLints } from './certificate-lints.ts';
export { crlEntryLints, crlLints } from './crl-lints.ts';
export type { Lint, LintFinding } from './lint.ts';
export { lintCrlEntry, lintTbsCertList, type LintTbsCertListOptions } from './lint-tbs-cert-list.ts';
export { lintTbsCertificate } from './lint-tbs-certificate.ts';
