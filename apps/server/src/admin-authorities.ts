/** Making and changing authorities and enrollment endpoints for administrators. */
import { isDeepStrictEqual } from 'node:util';
import type { Act, AuthorityChanges, AuthorityServices, NewAuthorityRequest } from '@touchmark/admin-api';
import { CaError, checkAuthorityPlan, createAuthority, defaultSettings } from '@touchmark/ca';
import type {
  AuditEvent,
  Authority,
  AuthorityPlan,
  AuthoritySettings,
  Catalog,
  EnrollmentEndpoint,
  HierarchyDependencies,
  Issuer,
} from '@touchmark/ca';
import { defaultSignatureAlgorithm, keyKindOf, parsePublicKey, sha256, signatureAlgorithms } from '@touchmark/crypto';
import type { SignatureAlgorithm, Signer } from '@touchmark/crypto';
import { estOperations } from '@touchmark/est';
import { KeyStoreError } from '@touchmark/keystore';
import type { KeyStore } from '@touchmark/keystore';
import type { EndpointChanges, Registry } from '@touchmark/store';
import { equalBytes } from '@touchmark/asn1';
import { getOrGenerateSigner } from './key-access.ts';
import { checkProtocolSettings } from './protocol-settings.ts';

export interface AdminAuthoritiesDependencies {
  readonly registry: Pick<Registry, 'admin' | 'withBootstrapLock'>;
  readonly catalog: Catalog;
  readonly keys: KeyStore;
  readonly hierarchy: HierarchyDependencies;
  readonly auditOf: (act: Act, action: string, subject: string, details?: AuditEvent['details']) => AuditEvent;
}

const year = 365.25 * 86_400;

export function createAdminAuthorities(dependencies: AdminAuthoritiesDependencies): AuthorityServices {
  const { registry, catalog, hierarchy, auditOf } = dependencies;
  const { admin } = registry;

  const issuerNamed = (idOrName: string): Issuer => {
    const found = catalog.issuers.find(({ authority }) => authority.id === idOrName || authority.name === idOrName);
    if (found === undefined) throw new CaError('notFound', `There is no authority "${idOrName}".`);
    return found;
  };
  const endpointNamed = (label: string): EnrollmentEndpoint => {
    const found = catalog.endpoints.find((endpoint) => endpoint.label === label);
    if (found === undefined) throw new CaError('notFound', `There is no endpoint "${label}".`);
    return found;
  };
  const checkProfile = async (name: string): Promise<void> => {
    const profile = await admin.findProfile(name);
    if (profile === undefined) throw new CaError('notFound', `There is no profile "${name}".`);
    if (profile.rules.service) {
      throw new CaError('forbidden', `The profile "${name}" is for the service itself: no device enrolls by it.`);
    }
  };
  /** What an endpoint may be bound to. */
  const issuerForEndpoint = (idOrName: string): Issuer => {
    const issuer = issuerNamed(idOrName);
    if (issuer.authority.kind === 'root') {
      throw new CaError(
        'forbidden',
        `The authority "${issuer.authority.name}" is a root: it certifies authorities only. Bind the endpoint to one below it.`,
      );
    }
    return issuer;
  };

  return {
    createAuthority: (request, act) =>
      // One at a time on all nodes: a name gets one key, and a key one certificate.
      registry.withBootstrapLock(async () => {
        await catalog.refresh();
        if (catalog.findIssuerByName(request.name) !== undefined) {
          throw new CaError('conflict', `There is an authority "${request.name}" already. Choose another name.`);
        }
        const plan = planOf(request, request.issuer === undefined ? undefined : issuerNamed(request.issuer), hierarchy);
        const { signatureAlgorithm } = request;
        checkSignatureAlgorithm(request);
        checkMessageUsages(request);
        checkAuthorityPlan(plan, hierarchy.gate.now());
        const key = await keyFor(request, signatureAlgorithm && signatureAlgorithms[signatureAlgorithm], dependencies);
        checkKeyIsFree(key.signer, catalog);
        const actor = { principal: act.principal.name, remoteAddress: act.remoteAddress };
        const authority = await createAuthority({ ...plan, ...key }, hierarchy, actor);
        await admin.insertAuthority(
          authority,
          auditOf(act, 'authority.created', `authority:${authority.name}`, {
            id: authority.id,
            kind: authority.kind,
            issuer: plan.issuer?.authority.name ?? null,
            keyId: authority.keyId,
            keyAlgorithm: request.keyAlgorithm,
            signatureAlgorithm: authority.signatureAlgorithm,
          }),
        );
        await admin.requestCrls(authority.id);
        await catalog.refresh();
        return authority;
      }),

    async setAuthority(idOrName, changes, seenRevision, act) {
      await catalog.refresh();
      const { authority } = issuerNamed(idOrName);
      const settings = changed(authority, changes);
      checkSettings(authority.name, settings, authority.crlShards);
      if (settings.state === 'active' && authority.state === 'retired')
        await checkNotRevoked(authority, catalog, admin);
      const seen = { ...authority, revision: seenRevision ?? authority.revision };
      await admin.updateAuthority(
        seen,
        settings,
        auditOf(act, 'authority.changed', `authority:${authority.name}`, changesIn(authority, settings)),
      );
      await admin.requestCrls(authority.id);
      await catalog.refresh();
      return issuerNamed(authority.id).authority;
    },

    async createEndpoint(request, act) {
      const { label, protocol, authority, profileName, acceptsSecret, acceptsCertificate } = request;
      const { approval, acceptsAnyone } = request;
      if (Object.hasOwn(estOperations, label)) {
        throw new CaError(
          'invalidArgument',
          `"${label}" is the name of an EST operation: the path would have two meanings. Choose another label.`,
        );
      }
      // One at a time on all nodes, as with everything of endpoints: settings, challenge and its key belong together.
      return registry.withBootstrapLock(async () => {
        await catalog.refresh();
        const issuer = issuerForEndpoint(authority);
        const protocolSettings = checkProtocolSettings(protocol, request.settings, issuer, catalog);
        await checkProfile(profileName);
        const accepts = { acceptsSecret, acceptsCertificate, approval, acceptsAnyone };
        checkAccepts(label, { ...accepts, challenge: undefined });
        await admin.insertEndpoint(
          { label, protocol, authorityId: issuer.authority.id, profileName, ...accepts, protocolSettings },
          auditOf(act, 'endpoint.created', `endpoint:${label}`, {
            protocol,
            authority: issuer.authority.name,
            profile: profileName,
            ...accepts,
          }),
        );
        await catalog.refresh();
        return endpointNamed(label);
      });
    },

    setEndpoint: (label, changes, seenRevision, act) =>
      registry.withBootstrapLock(async () => {
        await catalog.refresh();
        const endpoint = endpointNamed(label);
        if (changes.profileName !== undefined) await checkProfile(changes.profileName);
        const authorityId =
          changes.authority === undefined ? endpoint.authorityId : issuerForEndpoint(changes.authority).authority.id;
        const settings: EndpointChanges = {
          authorityId,
          profileName: changes.profileName ?? endpoint.profile.name,
          acceptsSecret: changes.acceptsSecret ?? endpoint.acceptsSecret,
          acceptsCertificate: changes.acceptsCertificate ?? endpoint.acceptsCertificate,
          enabled: changes.enabled ?? endpoint.enabled,
          challenge: endpoint.challenge,
          approval: changes.approval ?? endpoint.approval,
          acceptsAnyone: changes.acceptsAnyone ?? endpoint.acceptsAnyone,
          // An endpoint that something has happened to since can still be disabled.
          protocolSettings:
            changes.settings === undefined && changes.authority === undefined
              ? endpoint.protocolSettings
              : checkProtocolSettings(
                  endpoint.protocol,
                  changes.settings ?? endpoint.protocolSettings,
                  catalog.getIssuer(authorityId),
                  catalog,
                ),
        };
        checkAccepts(label, settings);
        const before: EndpointChanges = { ...endpoint, profileName: endpoint.profile.name };
        await admin.updateEndpoint(
          { label, revision: seenRevision ?? endpoint.revision },
          settings,
          auditOf(act, 'endpoint.changed', `endpoint:${label}`, changesIn(before, settings)),
        );
        await catalog.refresh();
        return endpointNamed(label);
      }),
  };
}

/** A revocation is for good, and counts for everything below. One that comes at the same time makes another revision. */
async function checkNotRevoked({ id, name }: Authority, catalog: Catalog, admin: Registry['admin']): Promise<void> {
  for (const { authority } of catalog.chainOf(id)) {
    const certificate = await admin.findCertificateByFingerprint(sha256(authority.certificateDer));
    if (certificate?.revocation === undefined) continue;
    throw new CaError(
      'conflict',
      `"${name}" stays retired: the certificate of "${authority.name}" is revoked. Create a new authority.`,
    );
  }
}

function planOf(
  request: NewAuthorityRequest,
  issuer: Issuer | undefined,
  { gate }: HierarchyDependencies,
): AuthorityPlan {
  const settings = changed(defaultSettings(request.keyAlgorithm), request.settings);
  checkSettings(request.name, settings, 1);
  return {
    name: request.name,
    kind: issuer === undefined ? 'root' : 'issuing',
    subject: request.subject,
    issuer,
    validitySeconds: request.validitySeconds ?? defaultValidity(issuer, gate.now()),
    pathLength: request.pathLength,
    nameConstraints: request.nameConstraints,
    messageUsages: request.messageUsages,
    settings,
  };
}

/** Nobody asked for a time: as long as usual, and not longer than the issuer. */
function defaultValidity(issuer: Issuer | undefined, now: Date): number {
  if (issuer === undefined) return 20 * year;
  const untilItsEnd = Math.floor((issuer.certificate.notAfter.getTime() - now.getTime()) / 1000);
  return Math.min(10 * year, untilItsEnd);
}

function checkSignatureAlgorithm({ keyAlgorithm, signatureAlgorithm }: NewAuthorityRequest): void {
  if (signatureAlgorithm === undefined) return;
  const wanted = signatureAlgorithms[signatureAlgorithm];
  // Curves sign with a digest of any length; ML-DSA keys each have an algorithm of their own.
  const fits =
    wanted.keyKind === keyKindOf(keyAlgorithm) &&
    (wanted.keyKind !== 'ml-dsa' || wanted === defaultSignatureAlgorithm(keyAlgorithm));
  if (fits) return;
  const possible = Object.values(signatureAlgorithms)
    .filter(
      ({ keyKind, keyType }) =>
        keyKind === keyKindOf(keyAlgorithm) && (keyKind !== 'ml-dsa' || keyType === keyAlgorithm),
    )
    .map(({ name }) => name);
  throw new CaError(
    'invalidArgument',
    `A key of ${keyAlgorithm} cannot sign ${signatureAlgorithm}. It can sign ${possible.join(', ')}.`,
  );
}

function checkMessageUsages({ keyAlgorithm, messageUsages }: NewAuthorityRequest): void {
  if (!messageUsages.includes('keyEncipherment') || keyKindOf(keyAlgorithm) === 'rsa') return;
  throw new CaError(
    'invalidArgument',
    `A key of ${keyAlgorithm} cannot decrypt keys (keyEncipherment). Choose an RSA key, or leave the usage out.`,
  );
}

/** The key that was named, or the next free one of the software store; a key that an earlier try left is taken. */
async function keyFor(
  { name, keyId, keyAlgorithm }: NewAuthorityRequest,
  signatureAlgorithm: SignatureAlgorithm | undefined,
  { keys }: AdminAuthoritiesDependencies,
): Promise<{ readonly keyId: string; readonly signer: Signer }> {
  const candidates = keyId === undefined ? [`authority:${name}`, `authority:${name}/${keyAlgorithm}`] : [keyId];
  for (const candidate of candidates) {
    try {
      const signer = await getOrGenerateSigner(keys, candidate, keyAlgorithm, signatureAlgorithm);
      if (parsePublicKey(signer.subjectPublicKeyInfoDer).keyAlgorithm === keyAlgorithm) {
        return { keyId: candidate, signer };
      }
    } catch (error) {
      // The software signer refuses an algorithm that does not fit the key that is there.
      if (!(error instanceof TypeError)) throw keyFailure(error);
    }
  }
  throw new CaError(
    'conflict',
    `The key ${JSON.stringify(candidates.at(-1))} is there, but it is no ${keyAlgorithm} key. Name another key, or its algorithm.`,
  );
}

/** Messages of the key store are made for the operator, and hold no secret. */
function keyFailure(error: unknown): unknown {
  if (error instanceof RangeError) return new CaError('invalidArgument', error.message, { cause: error });
  if (!(error instanceof KeyStoreError)) return error;
  return new CaError('conflict', error.message, { cause: error });
}

function checkKeyIsFree({ subjectPublicKeyInfoDer }: Signer, catalog: Catalog): void {
  const holder = catalog.issuers.find(({ certificate }) =>
    equalBytes(certificate.subjectPublicKeyInfoDer, subjectPublicKeyInfoDer),
  );
  if (holder === undefined) return;
  throw new CaError(
    'conflict',
    `This key belongs to the authority "${holder.authority.name}" already. Each authority has a key of its own.`,
  );
}

function changed(settings: AuthoritySettings, changes: AuthorityChanges): AuthoritySettings {
  return {
    state: changes.state ?? settings.state,
    crlShards: changes.crlShards ?? settings.crlShards,
    crlValiditySeconds: changes.crlValiditySeconds ?? settings.crlValiditySeconds,
    crlIntervalSeconds: changes.crlIntervalSeconds ?? settings.crlIntervalSeconds,
    ocspValiditySeconds: changes.ocspValiditySeconds ?? settings.ocspValiditySeconds,
    ocspKeyAlgorithm: changes.ocspKeyAlgorithm ?? settings.ocspKeyAlgorithm,
  };
}

function checkSettings(name: string, settings: AuthoritySettings, crlShards: number): void {
  if (settings.crlIntervalSeconds >= settings.crlValiditySeconds) {
    throw new CaError(
      'invalidArgument',
      `A CRL of "${name}" would hold for ${settings.crlValiditySeconds} seconds, and the next one come after ${settings.crlIntervalSeconds}: in between relying parties would refuse every device. Make the interval shorter than the validity.`,
    );
  }
  if (settings.crlShards < crlShards) {
    throw new CaError(
      'conflict',
      `The CRL of "${name}" has ${crlShards} shards, which certificates in the field name. Their number can be raised, never lowered.`,
    );
  }
}

type Accepts = Pick<
  EnrollmentEndpoint,
  'acceptsSecret' | 'acceptsCertificate' | 'acceptsAnyone' | 'approval' | 'challenge'
>;

export function checkAccepts(
  label: string,
  { acceptsSecret, acceptsCertificate, acceptsAnyone, approval, challenge }: Accepts,
): void {
  if (!acceptsSecret && !acceptsCertificate && !acceptsAnyone && challenge === undefined) {
    throw new CaError(
      'invalidArgument',
      `The endpoint "${label}" would accept nobody. Let it accept secrets or certificates; to close it, disable it.`,
    );
  }
  if (acceptsAnyone && approval !== 'manual') {
    throw new CaError(
      'invalidArgument',
      `The endpoint "${label}" would certify whoever asks. Who proves nothing needs manual approval: set approval to "manual".`,
    );
  }
  if (approval === 'manual' && (challenge?.kind === 'webhook' || challenge?.kind === 'intune')) {
    throw new CaError(
      'invalidArgument',
      `The endpoint "${label}" leaves the decision to the service of its ${challenge.kind} challenge, and is told the outcome at once: approval is "automatic" there.`,
    );
  }
}

function written(value: unknown): string {
  return value === undefined ? 'nothing' : typeof value === 'string' ? value : JSON.stringify(value);
}

/** What is other than before, for the audit event. */
function changesIn<T extends object>(before: T, after: { readonly [K in keyof T]?: T[K] }): AuditEvent['details'] {
  const details: Record<string, string | number | boolean> = {};
  for (const [name, value] of Object.entries(after) as [keyof T & string, unknown][]) {
    if (!isDeepStrictEqual(before[name], value)) details[name] = `${written(before[name])} → ${written(value)}`;
  }
  return details;
}
