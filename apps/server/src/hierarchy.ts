/** Makes what a new registry lacks: root, issuing authority, profiles, the EST label. A registry that has them is left as it is. */
import { isDeepStrictEqual } from 'node:util';
import { CaError, createAuthority, defaultSettings, readyProfiles } from '@touchmark/ca';
import type { Catalog, HierarchyDependencies } from '@touchmark/ca';
import type { KeyStore } from '@touchmark/keystore';
import type { AdminRegistry } from '@touchmark/store';
import { getOrGenerateSigner } from './key-access.ts';
import { StartError } from './start-error.ts';
import { systemAudit } from './system-audit.ts';

export const issuingAuthorityName = 'issuing';
export const defaultLabel = 'factory';

const year = 365.25 * 86_400;
const validitySeconds = { root: 20 * year, issuing: 10 * year };

export interface HierarchyBootstrap extends HierarchyDependencies {
  readonly catalog: Catalog;
  readonly keys: KeyStore;
  readonly admin: AdminRegistry;
  readonly organization: string;
}

/**
 * Call under the lock that only one node holds. A crash in between is made good by the next call: it goes on where the last
 * one stopped, with the keys that are there. Existing state that looks wrong is refused, never replaced.
 */
export async function ensureHierarchy(bootstrap: HierarchyBootstrap): Promise<void> {
  const { admin, catalog } = bootstrap;
  // An administrator is the last thing that a first start makes: with one, what is missing was lost, not never made.
  const isNew = (await admin.listPrincipals()).length === 0;
  if (isNew) {
    await ensureAuthority(bootstrap, 'root', undefined);
    await ensureAuthority(bootstrap, issuingAuthorityName, 'root');
  }
  await ensureProfiles(bootstrap);
  if (isNew) await ensureEndpoint(bootstrap);
  await catalog.load();
  if (catalog.findIssuerByName(issuingAuthorityName) === undefined) {
    throw new StartError(
      `The registry has lost its authority "${issuingAuthorityName}". Restore it from a backup; it is not made anew.`,
    );
  }
}

/** Also on later starts: a newer program may bring profiles that it needs, or other rules for what it certifies for itself. */
async function ensureProfiles({ admin, clock }: HierarchyBootstrap): Promise<void> {
  for (const [name, rules] of Object.entries(readyProfiles)) {
    const present = await admin.findProfile(name);
    const isCurrent = present !== undefined && (!rules.service || isDeepStrictEqual(present.rules, rules));
    if (isCurrent) continue;
    await admin.insertProfile(name, rules, systemAudit(clock, 'profile.created', `profile:${name}`));
  }
}

async function ensureAuthority(
  bootstrap: HierarchyBootstrap,
  name: string,
  issuerName: string | undefined,
): Promise<void> {
  const { catalog, keys, admin, organization } = bootstrap;
  await catalog.load();
  if (catalog.findIssuerByName(name) !== undefined) return;
  const keyId = `authority:${name}`;
  const signer = await getOrGenerateSigner(keys, keyId, 'ec-p256');
  const kind = issuerName === undefined ? 'root' : 'issuing';
  const authority = await createAuthority(
    {
      name,
      kind,
      subject: [
        { attribute: 'organizationName', value: organization },
        { attribute: 'commonName', value: `${organization.slice(0, 40)} ${kind === 'root' ? 'Root' : 'Issuing'} CA` },
      ],
      signer,
      keyId,
      issuer: issuerName === undefined ? undefined : catalog.findIssuerByName(issuerName),
      validitySeconds: validitySeconds[kind],
      pathLength: kind === 'root' ? undefined : 0,
      nameConstraints: undefined,
      messageUsages: [],
      settings: defaultSettings('ec-p256'),
    },
    bootstrap,
  );
  await admin.insertAuthority(
    authority,
    systemAudit(bootstrap.clock, 'authority.created', `authority:${name}`, { kind }),
  );
  await catalog.load();
}

async function ensureEndpoint({ catalog, admin, clock }: HierarchyBootstrap): Promise<void> {
  await catalog.load();
  if (catalog.endpoints.length > 0) return;
  const authorityId = catalog.findIssuerByName(issuingAuthorityName)?.authority.id;
  if (authorityId === undefined) throw new CaError('notReady', 'There is no issuing authority.');
  await admin.insertEndpoint(
    {
      label: defaultLabel,
      protocol: 'est',
      authorityId,
      profileName: 'device',
      acceptsSecret: true,
      acceptsCertificate: true,
    },
    systemAudit(clock, 'endpoint.created', `endpoint:${defaultLabel}`),
  );
}
