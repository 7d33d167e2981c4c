/** An explanation in words: what would become of a request, the certificate, and the verdict of each rule. */
import { fromBase64 } from '@touchmark/asn1';
import type { Explanation } from '@touchmark/admin-api';
import { encodeSigned, parseTbsCertificate } from '@touchmark/x509';
import { writeData } from './io.ts';
import type { Io } from './io.ts';
import { certificateFacts, describeCertificate } from './inspect/certificate.ts';
import { writeFacts, writeTable } from './output/table.ts';
import type { Cell } from './output/table.ts';

export function writeExplanation(io: Io, explanation: Explanation): void {
  writeFacts(io, [...outcomeFacts(explanation), ...toBeSignedFacts(explanation)]);
  writeData(io, '');
  writeTable(
    io,
    ['STEP', 'RULE', 'VERDICT', 'WHY'],
    explanation.verdicts.map(({ step, rule, outcome, code, message }) => [
      { text: step },
      { text: rule },
      verdictCell(outcome),
      { text: code === null ? (message ?? '') : `${code}: ${message ?? ''}` },
    ]),
  );
}

/** `sentence` for lists of several. */
export function outcomeInWords({ outcome, code, earlierCertificateId }: Explanation): string {
  switch (outcome) {
    case 'issue':
      return 'a certificate would be issued';
    case 'repeat':
      return `the certificate ${earlierCertificateId ?? ''} would be given again`;
    case 'refuse':
      return `it would be refused: ${code ?? ''}`;
  }
}

function outcomeFacts(explanation: Explanation): readonly (readonly [string, string | Cell])[] {
  const { outcome, message, profile, authority, deviceId, complete, steps } = explanation;
  const warnings = steps.filter(({ warning }) => warning).map(({ step, note }) => `${step}: ${note}`);
  return [
    ['Outcome', { text: outcomeInWords(explanation), style: outcome === 'refuse' ? 'red' : 'green' }],
    ...(message === null ? [] : [['Because', message] as const]),
    ['Profile', `${profile.name} ${profile.version === null ? '(not stored)' : `version ${profile.version}`}`],
    ['Authority', authority],
    ...(deviceId === null ? [] : [['Device', deviceId] as const]),
    ...(warnings.length === 0 ? [] : [['Warnings', warnings.join('\n')] as const]),
    ...(complete ? [] : [['Not judged', 'the rules that come after the one that refuses'] as const]),
  ];
}

/** The serial number is drawn when the certificate is issued, and there is no signature to speak of. */
function toBeSignedFacts({ certificate }: Explanation): readonly (readonly [string, string | Cell])[] {
  if (certificate === null) return [];
  const tbsCertificateDer = fromBase64(certificate.tbsCertificate);
  const { signatureAlgorithmDer } = parseTbsCertificate(tbsCertificateDer);
  const unsigned = encodeSigned(tbsCertificateDer, signatureAlgorithmDer, new Uint8Array());
  const meaningless = ['Serial number', 'Fingerprint (SHA-256)'];
  return certificateFacts(describeCertificate(unsigned)).filter(([name]) => !meaningless.includes(name));
}

function verdictCell(outcome: Explanation['verdicts'][number]['outcome']): Cell {
  switch (outcome) {
    case 'passed':
      return { text: 'passed', style: 'green' };
    case 'failed':
      return { text: 'refused', style: 'red' };
    case 'notJudged':
      return { text: 'not judged', style: 'dim' };
  }
}
