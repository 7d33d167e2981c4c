/** What the first start leaves and tells: the administrator's credential, one-time secrets, and the line to paste. */
import { relative } from 'node:path';
import { createHash, randomBytes } from 'node:crypto';
import { existsSync, readFileSync } from 'node:fs';
import { encodePem } from '@touchmark/asn1';
import { newEnrollmentSecret } from '@touchmark/ca';
import type { Catalog, Clock, PrincipalIssuance, Profile } from '@touchmark/ca';
import { createSoftwareSigner, generateKeyPair, sha256 } from '@touchmark/crypto';
import { estPathOf } from '@touchmark/est';
import type { AdminRegistry } from '@touchmark/store';
import { createCertificationRequest } from '@touchmark/x509';
import { writeFileDurably } from './home.ts';
import type { Home } from './home.ts';
import { systemAudit } from './system-audit.ts';
import type { CheckResult } from './readiness.ts';
import { defaultLabel, issuingAuthorityName } from './hierarchy.ts';

/** The content of first-run.json; scripts rely on it. */
export interface FirstRun {
  readonly rootFingerprint: string;
  readonly estUrl: string;
  readonly publicUrl: string;
  readonly adminUrl: string;
  readonly enrollmentSecret: string;
  readonly rootCertificateFile: string;
  readonly adminCertificateFile: string;
  readonly adminKeyFile: string;
}

export interface ServiceUrls {
  readonly estUrl: string;
  readonly publicUrl: string;
  readonly adminUrl: string;
}

export interface FirstRunDependencies extends ServiceUrls {
  readonly home: Home;
  readonly catalog: Catalog;
  readonly admin: AdminRegistry;
  readonly principalIssuance: PrincipalIssuance;
  readonly clock: Clock;
  readonly administratorProfile: Profile;
}

const day = 86_400_000;
export const administratorName = 'administrator';

/** Once in the life of a registry; a crash before its end lets the next start do it again, with new secrets. */
export async function completeFirstRun(
  dependencies: FirstRunDependencies,
): Promise<{ readonly firstRun: FirstRun; readonly setupToken: string }> {
  const { home, catalog, admin, clock } = dependencies;
  const root = catalog.issuers.find(({ authority }) => authority.kind === 'root');
  if (root === undefined) throw new Error('There is no root authority.');
  writeFileDurably(home.rootCertificate, encodePem('CERTIFICATE', root.certificate.der), 0o644);
  const fingerprintSha256 = await writeAdministratorCredential(dependencies);

  const now = clock.now();
  const enrollment = newEnrollmentSecret((length) => new Uint8Array(randomBytes(length)));
  const expiresAt = new Date(now.getTime() + day);
  const { id, secret, secretSha256 } = enrollment;
  await admin.createSecret(
    { id, endpointLabel: defaultLabel, secretSha256, deviceId: undefined, maxUses: 1, createdAt: now, expiresAt },
    systemAudit(clock, 'secret.created', `secret:${id}`, { endpoint: defaultLabel }),
  );
  const setupToken = randomBytes(24).toString('base64url');
  await admin.createSetupToken(
    { tokenSha256: sha256(Buffer.from(setupToken)), role: 'administrator', createdAt: now, expiresAt },
    systemAudit(clock, 'setupToken.created', 'setupToken'),
  );

  const firstRun: FirstRun = {
    rootFingerprint: createHash('sha256').update(root.certificate.der).digest('hex'),
    estUrl: dependencies.estUrl,
    publicUrl: dependencies.publicUrl,
    adminUrl: dependencies.adminUrl,
    enrollmentSecret: secret,
    rootCertificateFile: relative(home.directory, home.rootCertificate),
    adminCertificateFile: relative(home.directory, home.adminCertificate),
    adminKeyFile: relative(home.directory, home.adminKey),
  };
  writeFileDurably(home.firstRun, `${JSON.stringify(firstRun, null, 2)}\n`, 0o600);
  // The mark that the first run is complete: from here on a start finds an administrator and changes nothing.
  await admin.insertPrincipal(
    {
      name: administratorName,
      role: 'administrator',
      certificateFingerprintSha256: fingerprintSha256,
      tokenSha256: undefined,
      createdAt: now,
    },
    systemAudit(clock, 'principal.created', `principal:${administratorName}`, { role: 'administrator' }),
  );
  return { firstRun, setupToken };
}

/** Where the service is may change with its configuration; the command line on this host looks into first-run.json for it. */
export function updateUrls(home: Home, urls: ServiceUrls): void {
  if (!existsSync(home.firstRun)) return;
  const stored = JSON.parse(readFileSync(home.firstRun, 'utf8')) as FirstRun;
  const { estUrl, publicUrl, adminUrl } = urls;
  if (stored.estUrl === estUrl && stored.publicUrl === publicUrl && stored.adminUrl === adminUrl) return;
  writeFileDurably(home.firstRun, `${JSON.stringify({ ...stored, estUrl, publicUrl, adminUrl }, null, 2)}\n`, 0o600);
}

/** Key and certificate of this host's administrator; returns the fingerprint. */
async function writeAdministratorCredential(dependencies: FirstRunDependencies): Promise<Uint8Array> {
  const { home, principalIssuance, administratorProfile } = dependencies;
  const { privateKey } = await generateKeyPair('ec-p256');
  const outcome = await principalIssuance.issue({
    protocol: 'system',
    principal: 'system',
    remoteAddress: undefined,
    profile: administratorProfile,
    authorityName: issuingAuthorityName,
    requestDer: await createCertificationRequest({
      subject: [{ attribute: 'commonName', value: administratorName }],
      signer: createSoftwareSigner(privateKey),
    }),
    commonName: administratorName,
    subjectAltNames: [],
    deviceId: undefined,
    idempotencyKey: undefined,
  });
  if (outcome.kind === 'refused') throw outcome.error;
  writeFileDurably(home.adminKey, privateKey.export({ type: 'pkcs8', format: 'pem' }).toString(), 0o600);
  writeFileDurably(home.adminCertificate, encodePem('CERTIFICATE', outcome.certificate.certificateDer), 0o600);
  return outcome.certificate.fingerprintSha256;
}

/** The text of the first start. `rootFile` is how the reader's shell finds the root certificate. */
export function describeFirstRun(
  firstRun: FirstRun,
  setupToken: string,
  rootFile: string,
  failing: readonly CheckResult[],
): string {
  const colons = firstRun.rootFingerprint.toUpperCase().match(/../g)?.join(':') ?? '';
  const firstEndpoint = `${firstRun.estUrl}${estPathOf(defaultLabel)}`;
  const line = [
    'openssl req -new -newkey ec -pkeyopt ec_paramgen_curve:P-256 -nodes -keyout device-1.key -subj /CN=device-1 -outform DER',
    'openssl base64',
    `curl -sS --fail-with-body --cacert '${rootFile}' -u ':${firstRun.enrollmentSecret}' -H 'Content-Type: application/pkcs10' --data-binary @- ${firstEndpoint}/simpleenroll`,
    'openssl base64 -d',
    'openssl pkcs7 -inform DER -print_certs -out device-1.pem',
  ].join(' | ');
  return `
${describeStanding(failing, true)}

  root fingerprint (SHA-256)  ${colons}
  EST                         ${firstEndpoint}
  CRL, OCSP, trust            ${firstRun.publicUrl}/trust
  REST API                    ${firstRun.adminUrl}/api/v1/openapi.json

  one-time setup link (24 h)  ${firstRun.adminUrl}/setup#${setupToken}
  one-time device secret      ${firstRun.enrollmentSecret}

Enroll a first device with one line; it leaves device-1.key and device-1.pem:

${line}

Then look at it:  npx pnpm touchmark cert list
`;
}

/** The text of every later start: no secrets. */
export function describeStart(urls: ServiceUrls, failing: readonly CheckResult[]): string {
  return `
${describeStanding(failing, false)}

  EST               ${urls.estUrl}/.well-known/est
  CRL, OCSP, trust  ${urls.publicUrl}/trust
  REST API          ${urls.adminUrl}/api/v1/openapi.json
`;
}

/** Ready, or what is missing: the operator need not look for it. */
function describeStanding(failing: readonly CheckResult[], isFirst: boolean): string {
  if (failing.length === 0) return isFirst ? 'Touchmark is ready, and this is its first start.' : 'Touchmark is ready.';
  return [
    `Touchmark is running${isFirst ? ', and this is its first start' : ''}, but it is not ready:`,
    '',
    ...failing.map(({ name, message }) => `  ${name}: ${message}`),
    '',
    'See it change:  npx pnpm touchmark status',
  ].join('\n');
}
