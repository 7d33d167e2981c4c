/** The oracle of the fault tests: what must hold of the registry, the signer witness and what clients received (DESIGN §3). */
import { X509Certificate } from 'node:crypto';
import { equalBytes, toHex } from '@touchmark/asn1';
import { sha256 } from '@touchmark/crypto';
import { lintTbsCertificate } from '@touchmark/lint';
import type { WitnessedUse } from '@touchmark/testkit';
import { parseCertificate } from '@touchmark/x509';

export interface IntentOnRecord {
  readonly id: string;
  readonly authorityId: string;
  readonly requestDigestHex: string;
  readonly serialNumberHex: string;
  readonly tbsCertificateDer: Uint8Array;
  readonly deviceId: string | null;
}

export interface CertificateOnRecord {
  readonly id: string;
  readonly authorityId: string;
  readonly requestDigestHex: string;
  readonly serialNumberHex: string;
  readonly certificateDer: Uint8Array;
  readonly deviceId: string | null;
  readonly issuedEvents: number;
}

/** What one request of a device came to: every certificate that it was ever answered with, in order. */
export interface ClientOutcome {
  readonly deviceId: string;
  /** The one-time secret that the request was authenticated with. */
  readonly secretId: string | undefined;
  readonly receivedDer: readonly Uint8Array[];
}

/** A time in which the registry was away, so that nothing new may be signed. */
export interface Outage {
  /** Lines of the witness that were written in it. */
  readonly uses: readonly WitnessedUse[];
  /** Serial numbers of the intents that were on record when it began. */
  readonly recordedBefore: ReadonlySet<string>;
  /** What requests that began in it were answered. */
  readonly answers: readonly string[];
}

export interface Evidence {
  readonly uses: readonly WitnessedUse[];
  /** TBSCertificates of which no intent was committed when the key was to sign them. */
  readonly unrecorded: readonly string[];
  readonly intents: readonly IntentOnRecord[];
  readonly certificates: readonly CertificateOnRecord[];
  readonly secrets: readonly { readonly id: string; readonly uses: number; readonly maxUses: number }[];
  readonly issuersDer: ReadonlyMap<string, Uint8Array>;
  readonly clients: readonly ClientOutcome[];
  readonly outages: readonly Outage[];
  /** Processes that ended although nobody killed them, and what they said. */
  readonly ends: readonly string[];
}

/** Each gives what speaks against it. */
export const invariants = {
  'V1 nothing is signed without a committed record': ({ uses, unrecorded, intents }) => {
    const recorded = new Set(intents.map(({ tbsCertificateDer }) => toHex(sha256(tbsCertificateDer))));
    return [
      ...unrecorded.map((line) => `signed before it was on record: ${line}`),
      ...certificateUses(uses)
        .filter(({ tbsSha256 }) => !recorded.has(tbsSha256))
        .map(({ serialNumberHex }) => `signed and not on record: serial number ${serialNumberHex}`),
    ];
  },

  'V2 an intent is signed over one TBSCertificate only': ({ uses }) =>
    [...Map.groupBy(certificateUses(uses), ({ serialNumberHex }) => serialNumberHex)]
      .map(([serialNumberHex, of]) => ({ serialNumberHex, count: new Set(of.map(({ tbsSha256 }) => tbsSha256)).size }))
      .filter(({ count }) => count !== 1)
      .map(({ serialNumberHex, count }) => `${count} TBSCertificates with the serial number ${serialNumberHex}`),

  'V3 what left the process is in the registry; one request yields at most one certificate': (evidence) => {
    const onRecord = new Map(evidence.certificates.map((each) => [toHex(each.certificateDer), each]));
    const signed = new Set(evidence.uses.map(({ tbsSha256 }) => tbsSha256));
    return [
      ...evidence.clients.flatMap(({ deviceId, receivedDer }) => {
        const received = new Set(receivedDer.map(toHex));
        return [
          ...[...received].filter((der) => !onRecord.has(der)).map(() => `${deviceId} has one that is not on record`),
          ...(received.size > 1 ? [`${deviceId} has ${received.size} certificates for one request`] : []),
        ];
      }),
      ...repeated(evidence.certificates, ({ requestDigestHex }) => requestDigestHex, 'certificates for the request'),
      ...repeated(evidence.certificates, keyOf, 'certificates for the device and key'),
      ...evidence.certificates.flatMap(({ id, certificateDer, issuedEvents }) => [
        ...(signed.has(tbsSha256Of(certificateDer)) ? [] : [`the signature of ${id} was not witnessed`]),
        ...(issuedEvents === 1 ? [] : [`${issuedEvents} audit events tell of ${id}`]),
      ]),
    ];
  },

  'V4 (issuer, serial number) is unique': ({ intents, certificates }) => [
    ...repeated(intents, ({ authorityId, serialNumberHex }) => `${authorityId} ${serialNumberHex}`, 'intents with'),
    ...repeated(certificates, ({ certificateDer }) => issuerAndSerialOf(certificateDer), 'certificates with'),
    ...certificates
      .filter(({ certificateDer, serialNumberHex }) => serialOf(certificateDer) !== serialNumberHex)
      .map(({ id }) => `${id} is on record under another serial number than its own`),
  ],

  'V5 a one-time secret is spent once, and never without an outcome the client can fetch': (evidence) => {
    const uses = new Map(evidence.secrets.map((secret) => [secret.id, secret]));
    return evidence.clients.flatMap(({ deviceId, secretId, receivedDer }) => {
      if (secretId === undefined) return [];
      const secret = uses.get(secretId);
      const intents = evidence.intents.filter((intent) => intent.deviceId === deviceId);
      if (secret === undefined) return [`the secret of ${deviceId} is gone`];
      return [
        ...(secret.uses <= secret.maxUses ? [] : [`the secret of ${deviceId} was spent ${secret.uses} times`]),
        ...(secret.uses > 0 && intents.length === 0 ? [`the secret of ${deviceId} was spent on nothing`] : []),
        ...(secret.uses > 0 && receivedDer.length === 0
          ? [`${deviceId} cannot fetch what its secret was spent on`]
          : []),
        ...(secret.uses === 0 && intents.length > 0 ? [`${deviceId} got an intent and kept its secret`] : []),
      ];
    });
  },

  'V6 nothing that fails lint, outlives its issuer or differs from the stored TBSCertificate is issued': (evidence) => {
    const intents = new Map(evidence.intents.map((intent) => [intent.id, intent]));
    return evidence.certificates.flatMap(({ id, authorityId, certificateDer }) => {
      const certificate = parseCertificate(certificateDer);
      const intent = intents.get(id);
      const issuerDer = evidence.issuersDer.get(authorityId);
      if (intent === undefined || issuerDer === undefined) return [`${id} has no intent or no issuer`];
      const issuer = parseCertificate(issuerDer);
      return [
        ...lintTbsCertificate(certificate.tbsCertificateDer).map(({ lint }) => `${id} breaks ${lint}`),
        ...(certificate.notAfter <= issuer.notAfter ? [] : [`${id} outlives its issuer`]),
        ...(equalBytes(certificate.tbsCertificateDer, intent.tbsCertificateDer) ? [] : [`${id} is not its intent`]),
        ...(isSignedBy(certificateDer, issuerDer) ? [] : [`${id} is not signed by its issuer`]),
      ];
    });
  },

  'V12 not ready means no signature; nothing ends the process': ({ outages, ends }) => [
    ...outages.flatMap(({ uses, recordedBefore, answers }) => [
      ...certificateUses(uses)
        .filter(({ serialNumberHex }) => !recordedBefore.has(serialNumberHex))
        .map(({ serialNumberHex }) => `signed while the registry was away: ${serialNumberHex}`),
      ...answers
        .filter((answer) => answer !== '503 registryUnavailable')
        .map((answer) => `answered ${answer} meanwhile`),
    ]),
    ...ends.map((end) => `ended by itself: ${end}`),
  ],
} as const satisfies Record<string, (evidence: Evidence) => readonly string[]>;

export type Invariant = keyof typeof invariants;
export const invariantNames = Object.keys(invariants) as Invariant[];

/** Of TBSCertificates; CRLs and OCSP responses have no serial number of their own. */
function certificateUses(uses: readonly WitnessedUse[]): { tbsSha256: string; serialNumberHex: string }[] {
  return uses.flatMap(({ tbsSha256, serialNumberHex }) =>
    serialNumberHex === undefined ? [] : [{ tbsSha256, serialNumberHex }],
  );
}

function repeated<T>(items: readonly T[], keyBy: (item: T) => string, what: string): string[] {
  return [...Map.groupBy(items, keyBy)]
    .filter(([, { length }]) => length > 1)
    .map(([key, { length }]) => `${length} ${what} ${key}`);
}

function tbsSha256Of(certificateDer: Uint8Array): string {
  return toHex(sha256(parseCertificate(certificateDer).tbsCertificateDer));
}

function serialOf(certificateDer: Uint8Array): string {
  return toHex(parseCertificate(certificateDer).serialNumber);
}

function issuerAndSerialOf(certificateDer: Uint8Array): string {
  return `${toHex(parseCertificate(certificateDer).issuer.der)} ${serialOf(certificateDer)}`;
}

/** A device that asks with the same key asks for the same certificate, in these tests. */
function keyOf({ deviceId, certificateDer }: CertificateOnRecord): string {
  return `${deviceId ?? ''} ${toHex(sha256(parseCertificate(certificateDer).subjectPublicKeyInfoDer))}`;
}

/** By an implementation that is not ours. */
function isSignedBy(certificateDer: Uint8Array, issuerDer: Uint8Array): boolean {
  return new X509Certificate(certificateDer).verify(new X509Certificate(issuerDer).publicKey);
}
