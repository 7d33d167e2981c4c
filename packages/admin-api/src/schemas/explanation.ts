/** Explanations of decisions as the REST interface gives and takes them. */
import { toBase64, toHex } from '@touchmark/asn1';
import type { Explanation as ExplanationRecord } from '@touchmark/ca';
import { formatName, parseTbsCertificate, subjectAltNamesOf } from '@touchmark/x509';
import { z } from 'zod';
import type { ExplainQuestion, ReplayedAttempt as ReplayRecord } from '../explain-port.ts';
import { AttemptSummary, showAttemptSummary } from './attempt.ts';
import { CertificateParams, IssueBody, toCertificateReference } from './certificate.ts';
import { DeviceId, Hex, Identifier, Timestamp, timestamp } from './common.ts';
import { formatGeneralName } from './general-name.ts';
import { ProfileRulesInput } from './profile.ts';

const step = z.strictObject({ step: z.string(), note: z.string(), warning: z.boolean() });

const Verdict = z.strictObject({
  step: z.string(),
  rule: z.string().meta({ description: 'Stable' }),
  outcome: z.enum(['passed', 'failed', 'notJudged']),
  code: z.string().nullable().meta({ description: 'Of the refusal' }),
  message: z.string().nullable(),
});

const UnsignedCertificate = z.strictObject({
  subject: z.string().meta({ description: 'RFC 4514' }),
  subjectAltNames: z.array(z.strictObject({ kind: z.string(), value: z.string() })),
  issuer: z.string(),
  notBefore: Timestamp,
  notAfter: Timestamp,
  extensions: z.array(z.strictObject({ oid: z.string(), critical: z.boolean(), value: Hex })),
  tbsCertificate: z.string().meta({
    description: 'TBSCertificate, DER in base64: what would be signed, but for the serial number, which is drawn anew',
  }),
});

export const Explanation = z
  .strictObject({
    outcome: z.enum(['issue', 'repeat', 'refuse']),
    code: z.string().nullable().meta({ description: 'Of the first rule that refuses: what the caller would be told' }),
    message: z.string().nullable(),
    profile: z.strictObject({
      name: z.string(),
      version: z.int().nullable().meta({ description: 'null: rules that are not stored' }),
    }),
    authority: z.string(),
    deviceId: z.string().nullable(),
    complete: z.boolean().meta({
      description: 'false: some rules had nothing to judge by, because an earlier one refuses',
    }),
    verdicts: z.array(Verdict).meta({ description: 'In the order in which the rules are judged' }),
    steps: z.array(step).meta({ description: 'What the steps found' }),
    certificate: UnsignedCertificate.nullable().meta({
      description: 'What would be signed; also when a rule refuses it, as far as it can be said',
    }),
    earlierCertificateId: z.string().nullable().meta({ description: 'The same request was answered with it before' }),
  })
  .meta({ id: 'Explanation' });
export type Explanation = z.infer<typeof Explanation>;

export const Replay = z
  .strictObject({
    attempt: AttemptSummary,
    changed: z.boolean().meta({ description: 'Whether outcome or reason are others than they were' }),
    explanation: Explanation,
    differences: z
      .array(z.strictObject({ field: z.string(), then: z.string().nullable(), now: z.string().nullable() }))
      .meta({ description: 'Between the certificate of then and the one that would be issued now' }),
  })
  .meta({ id: 'Replay' });
export type Replay = z.infer<typeof Replay>;

const caller = z
  .discriminatedUnion('kind', [
    z.strictObject({ kind: z.literal('device'), id: DeviceId }),
    z.strictObject({ kind: z.literal('newDevice') }),
    z.strictObject({ kind: z.literal('secret'), id: Identifier }),
    z.strictObject({ kind: z.literal('certificate'), id: CertificateParams.shape.id }),
    z.strictObject({
      kind: z.literal('principal'),
      commonName: IssueBody.shape.commonName,
      subjectAltNames: IssueBody.shape.subjectAltNames,
      deviceId: IssueBody.shape.deviceId,
    }),
  ])
  .meta({
    description:
      'Who is pretended to ask: a device with a fresh secret, a new device, whoever has that secret or certificate, or you',
  });

export const ExplainBody = z
  .strictObject({
    certificationRequest: IssueBody.shape.certificationRequest,
    caller,
    operation: z
      .enum(['simpleenroll', 'simplereenroll'])
      .optional()
      .meta({ description: 'Default: simplereenroll with a certificate, else simpleenroll' }),
    endpoint: Identifier.optional().meta({ description: 'Label; default: one made up for the profile' }),
    profile: Identifier.optional().meta({ description: 'Default: that of the endpoint or of the certificate' }),
    version: z.int().min(1).max(32_767).optional().meta({ description: 'Default: the version in force' }),
    rules: ProfileRulesInput.optional().meta({ description: 'Rules that are not stored' }),
    authority: Identifier.optional().meta({ description: 'Id or name' }),
  })
  .refine(({ version, rules }) => version === undefined || rules === undefined, {
    path: ['rules'],
    error: 'takes the place of a version: give one of them',
  })
  .refine(({ version, rules, profile }) => (version === undefined && rules === undefined) || profile !== undefined, {
    path: ['profile'],
    error: 'must be given with version or rules',
  });

export const ReplayBody = z.strictObject({
  rules: z.enum(['now', 'then']).default('now').meta({ description: 'By which version of the profile' }),
  caller: z.enum(['then', 'fresh']).default('then').meta({
    description: 'With the credential of then as it is now, or as the device with a fresh secret',
  }),
});

export function toExplainQuestion(body: z.output<typeof ExplainBody>): ExplainQuestion {
  const { certificationRequest, operation, endpoint, profile, version, rules, authority } = body;
  return {
    requestDer: certificationRequest,
    caller: toCaller(body.caller),
    operation,
    endpointLabel: endpoint,
    profileName: profile,
    candidate:
      rules !== undefined ? { kind: 'rules', rules } : version !== undefined ? { kind: 'version', version } : undefined,
    authority,
  };
}

function toCaller(written: z.output<typeof caller>): ExplainQuestion['caller'] {
  switch (written.kind) {
    case 'device':
      return { kind: 'device', deviceId: written.id };
    case 'newDevice':
      return written;
    case 'secret':
      return { kind: 'secret', secretId: written.id };
    case 'certificate':
      return { kind: 'certificate', reference: toCertificateReference(written.id) };
    case 'principal': {
      const { commonName, subjectAltNames, deviceId } = written;
      return { kind: 'principal', commonName, subjectAltNames, deviceId };
    }
  }
}

export function showExplanation(explanation: ExplanationRecord): Explanation {
  const { outcome, code, message, profile, authorityName, deviceId, complete, verdicts, steps } = explanation;
  return {
    outcome,
    code: code ?? null,
    message: message ?? null,
    profile: { name: profile.name, version: profile.version === 0 ? null : profile.version },
    authority: authorityName,
    deviceId: deviceId ?? null,
    complete,
    verdicts: verdicts.map((verdict) => ({
      ...verdict,
      code: verdict.code ?? null,
      message: verdict.message ?? null,
    })),
    steps: steps.map(({ step: name, note, warning }) => ({ step: name, note, warning: warning ?? false })),
    certificate: explanation.tbsCertificateDer === undefined ? null : showToBeSigned(explanation.tbsCertificateDer),
    earlierCertificateId: explanation.earlierCertificateId ?? null,
  };
}

export function showReplay({ attempt, changed, explanation, differences }: ReplayRecord): Replay {
  return {
    attempt: showAttemptSummary(attempt),
    changed,
    explanation: showExplanation(explanation),
    differences: differences.map(({ field, then, now }) => ({ field, then: then ?? null, now: now ?? null })),
  };
}

function showToBeSigned(tbsCertificateDer: Uint8Array): NonNullable<Explanation['certificate']> {
  const certificate = parseTbsCertificate(tbsCertificateDer);
  return {
    subject: formatName(certificate.subject),
    subjectAltNames: subjectAltNamesOf(certificate).map(formatGeneralName),
    issuer: formatName(certificate.issuer),
    notBefore: timestamp(certificate.notBefore),
    notAfter: timestamp(certificate.notAfter),
    extensions: certificate.extensions.map(({ oid, critical, value }) => ({ oid, critical, value: toHex(value) })),
    tbsCertificate: toBase64(tbsCertificateDer),
  };
}
