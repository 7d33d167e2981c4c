/** Who may use the administration interface: authentication, credentials, the one-time tokens that make new ones. */
import { randomBytes } from 'node:crypto';
import { toHex } from '@touchmark/asn1';
import { roleNames } from '@touchmark/admin-api';
import type { Act, CredentialRecord, Principal, PrincipalServices, Role } from '@touchmark/admin-api';
import { CaError, statusOf } from '@touchmark/ca';
import type { AuditEvent, Clock, IssuedCertificate } from '@touchmark/ca';
import { sha256 } from '@touchmark/crypto';
import type { PrincipalRecord, Registry } from '@touchmark/store';

export interface AdminPrincipalsDependencies {
  readonly registry: Pick<Registry, 'admin' | 'withBootstrapLock'>;
  readonly clock: Clock;
  /** Of the administration listener, as it is reached from outside. */
  readonly adminUrl: () => string;
  readonly auditOf: (act: Act, action: string, subject: string, details?: AuditEvent['details']) => AuditEvent;
}

export interface AdminPrincipals extends PrincipalServices {
  /**
   * Runs `revoke` when the certificate is nobody's credential, or when an administrator asks and another credential of an
   * administrator stays. @throws CaError `forbidden`, `conflict`
   */
  readonly guardCertificate: <T>(fingerprintSha256: Uint8Array, act: Act, revoke: () => Promise<T>) => Promise<T>;
}

const day = 86_400_000;
const setupTokenDays = 1;
const apiTokenDays = 90;
/** Names of actors that are no principals. */
const reservedNames = ['system'];

export function createAdminPrincipals(dependencies: AdminPrincipalsDependencies): AdminPrincipals {
  const { registry, clock, adminUrl, auditOf } = dependencies;
  const { admin } = registry;

  const credentialOf = async (record: PrincipalRecord): Promise<CredentialRecord | undefined> => {
    const { id, name, certificateFingerprintSha256, createdAt, expiresAt, revokedAt } = record;
    const role = roleNames.find((known) => known === record.role);
    // A role that this version does not know opens nothing.
    if (role === undefined) return undefined;
    const now = clock.now();
    const status = statusAt(record, now);
    const own = { id, name, role, certificateFingerprintSha256, status, createdAt, expiresAt, revokedAt };
    if (certificateFingerprintSha256 === undefined) return own;
    const certificate = await admin.findCertificateByFingerprint(certificateFingerprintSha256);
    return certificate === undefined ? { ...own, status: 'revoked' } : limitBy(certificate, own, now);
  };
  const credentialsOf = async (records: readonly PrincipalRecord[]): Promise<CredentialRecord[]> => {
    const credentials = await Promise.all(records.map(credentialOf));
    return credentials.filter((credential) => credential !== undefined);
  };
  const principalOf = async (record: PrincipalRecord | undefined): Promise<Principal | undefined> => {
    const credential = record === undefined ? undefined : await credentialOf(record);
    return credential?.status === 'active' ? { name: credential.name, role: credential.role } : undefined;
  };
  const checkNotLast = (credential: CredentialRecord, all: readonly CredentialRecord[]): void => {
    const opens = ({ role, status }: CredentialRecord): boolean => role === 'administrator' && status === 'active';
    if (!opens(credential) || all.some((other) => other.id !== credential.id && opens(other))) return;
    throw new CaError(
      'conflict',
      `"${credential.name}" has the last active credential of an administrator: without it nobody could administer this service. Make another one first: touchmark setup-link.`,
    );
  };
  /** Names are compared without case, so that nobody is taken for somebody else in a log. */
  const freeName = async (wanted: string, suffix: string): Promise<string> => {
    const taken = [...reservedNames, ...(await admin.listPrincipals()).map(({ name }) => name.toLowerCase())];
    return taken.includes(wanted.toLowerCase()) ? `${wanted}-${suffix}` : wanted;
  };

  return {
    async authenticateCertificate(fingerprintSha256) {
      return principalOf(await admin.findPrincipalByFingerprint(fingerprintSha256));
    },

    async authenticateToken(token) {
      return principalOf(await admin.findPrincipalByTokenSha256(sha256(Buffer.from(token))));
    },

    async consumeSetupToken(setupToken, wantedName, origin) {
      const token = `tm_${randomBytes(32).toString('base64url')}`;
      const tokenSha256 = sha256(Buffer.from(token));
      const setupTokenSha256 = sha256(Buffer.from(setupToken));
      const suffix = shortHash(tokenSha256);
      const name = wantedName === undefined ? `setup-${suffix}` : await freeName(wantedName, suffix);
      const createdAt = clock.now();
      const expiresAt = new Date(createdAt.getTime() + apiTokenDays * day);
      const { role } = await admin.consumeSetupToken(setupTokenSha256, createdAt, (written) => {
        const principal: Principal = { name, role: knownRole(written) };
        return {
          principal: { ...principal, certificateFingerprintSha256: undefined, tokenSha256, createdAt, expiresAt },
          audit: auditOf({ ...origin, principal }, 'setup.completed', `principal:${name}`, {
            role: principal.role,
            setupToken: shortHash(setupTokenSha256),
            expiresAt: expiresAt.toISOString(),
          }),
        };
      });
      return { principal: { name, role: knownRole(role) }, token, expiresAt };
    },

    async createSetupToken(role, act) {
      const token = randomBytes(24).toString('base64url');
      const tokenSha256 = sha256(Buffer.from(token));
      const createdAt = clock.now();
      const expiresAt = new Date(createdAt.getTime() + setupTokenDays * day);
      await admin.createSetupToken(
        { tokenSha256, role, createdAt, expiresAt },
        auditOf(act, 'setupToken.created', `setupToken:${shortHash(tokenSha256)}`, {
          role,
          expiresAt: expiresAt.toISOString(),
        }),
      );
      return { token, link: `${adminUrl()}/setup#${token}`, expiresAt };
    },

    listCredentials: async () => credentialsOf(await admin.listPrincipals()),

    // One at a time on all nodes: of two administrators who revoke each other, one stays.
    revokeCredential: (id, act) =>
      registry.withBootstrapLock(async () => {
        const records = await admin.listPrincipals();
        const all = await credentialsOf(records);
        const found = all.find((credential) => credential.id === id);
        if (found === undefined) throw new CaError('notFound', 'There is no such credential.');
        checkNotLast(found, all);
        const changed = records.some((record) => record.id === id && record.revokedAt === undefined);
        const { name, role } = found;
        const audit = auditOf(act, 'principal.revoked', `principal:${name}`, { id, role });
        const credential = await credentialOf(await admin.revokePrincipal(id, clock.now(), audit));
        if (credential === undefined) throw new CaError('notFound', 'There is no such credential.');
        return { credential, changed };
      }),

    async guardCertificate(fingerprintSha256, act, revoke) {
      const record = await admin.findPrincipalByFingerprint(fingerprintSha256);
      if (record === undefined) return revoke();
      if (act.principal.role !== 'administrator') {
        throw new CaError('forbidden', 'This is the credential of a principal: only an administrator may revoke it.');
      }
      return registry.withBootstrapLock(async () => {
        const all = await credentialsOf(await admin.listPrincipals());
        const found = all.find(({ id }) => id === record.id);
        if (found !== undefined) checkNotLast(found, all);
        return revoke();
      });
    },
  };
}

function knownRole(written: string): Role {
  const role = roleNames.find((known) => known === written);
  if (role === undefined) {
    throw new CaError('forbidden', 'This setup link is for a role that this version of the service does not know.');
  }
  return role;
}

function statusAt({ revokedAt, expiresAt }: PrincipalRecord, now: Date): 'active' | 'expired' | 'revoked' {
  if (revokedAt !== undefined) return 'revoked';
  return expiresAt !== undefined && expiresAt <= now ? 'expired' : 'active';
}

/** A credential is worth no more than its certificate. */
function limitBy(certificate: IssuedCertificate, own: CredentialRecord, now: Date): CredentialRecord {
  const { notBefore, notAfter, revocation } = certificate;
  const ofCertificate = notBefore > now ? 'notYetValid' : statusOf(certificate, now);
  return {
    ...own,
    status: own.status !== 'active' ? own.status : ofCertificate === 'held' ? 'revoked' : ofCertificate,
    expiresAt: own.expiresAt === undefined || notAfter < own.expiresAt ? notAfter : own.expiresAt,
    revokedAt: own.revokedAt ?? revocation?.revokedAt,
  };
}

/** Enough to tell tokens apart, and nothing that helps to guess one. */
function shortHash(hash: Uint8Array): string {
  return toHex(hash).slice(0, 8);
}
