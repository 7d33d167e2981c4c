/** Step 5: exactly the bytes that will be signed are linted; a finding refuses. Makes a `LintedCertificate`. */
import { lintTbsCertificate } from '@touchmark/lint';
import type { AttemptLog } from './attempt-log.ts';
import { CaError } from './errors.ts';
import type { PreparedCertificate } from './prepare.ts';

declare const proof: unique symbol;

/** Proof that step 5 was passed; only `lintCertificate` makes it. */
export type LintedCertificate = PreparedCertificate & { readonly [proof]: 'LintedCertificate' };

export function lintCertificate(certificate: PreparedCertificate, log: AttemptLog): LintedCertificate {
  const findings = lintTbsCertificate(certificate.tbsCertificateDer, certificate.criticalExtensions);
  if (findings.length > 0) {
    for (const finding of findings) log.note('lint', `${finding.lint} (${finding.citation}): ${finding.message}`);
    throw new CaError(
      'lintFailed',
      `The certificate that this request would give breaks ${findings.map((finding) => finding.citation).join(', ')}. The operator finds the details under the attempt.`,
    );
  }
  return certificate as LintedCertificate;
}
