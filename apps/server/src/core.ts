/** What every role works with: registry, keys, catalog and the issuance cycle, ready to sign. */
import {
  ApprovalService,
  Catalog,
  CertificatePreparer,
  DryRun,
  EnrollmentService,
  Issuance,
  PrincipalIssuance,
  RevocationService,
  SigningGate,
  Succession,
} from '@touchmark/ca';
import type { Clock, HierarchyDependencies, Profile, RandomBytes, SignerSource } from '@touchmark/ca';
import { createRandomBytes } from '@touchmark/crypto';
import type { KeyStoreFailure } from '@touchmark/keystore';
import { ChallengeKeys } from './challenges/challenge-keys.ts';
import { ChallengeVerifiers } from './challenges/challenge-verifiers.ts';
import type { ChallengeVerifiersDependencies } from './challenges/challenge-verifiers.ts';
import type { Database } from './database.ts';
import { ensureHierarchy } from './hierarchy.ts';
import type { Home } from './home.ts';
import { signerSource } from './key-access.ts';
import { openSealer } from './key-passphrase.ts';
import type { PassphraseSource } from './key-passphrase.ts';
import { openKeys } from './keys.ts';
import type { Keys } from './keys.ts';
import type { Logger } from './logger.ts';
import { agreeIdentity } from './registry-identity.ts';
import type { Configuration } from './settings.ts';
import { StartError } from './start-error.ts';

export interface Core {
  readonly registry: Database['registry'];
  readonly keys: Keys['store'];
  readonly keyParts: Keys;
  readonly passphraseSource: PassphraseSource;
  readonly signers: SignerSource;
  readonly catalog: Catalog;
  readonly gate: SigningGate;
  readonly clock: Clock;
  /** For making authorities. */
  readonly hierarchy: HierarchyDependencies;
  readonly enrollment: EnrollmentService;
  readonly approvals: ApprovalService;
  readonly challenges: ChallengeVerifiers;
  readonly challengeKeys: ChallengeKeys;
  readonly principalIssuance: PrincipalIssuance;
  readonly dryRun: DryRun;
  readonly revocation: RevocationService;
  readonly succession: Succession;
  readonly publicUrl: string;
  readonly logger: Logger;
}

export interface CoreInputs {
  readonly configuration: Configuration;
  readonly home: Home;
  readonly registry: Database['registry'];
  readonly clock: Clock;
  readonly logger: Logger;
  /** Base of the public URLs as this node is configured. */
  readonly publicUrl: string;
  readonly onKeyFailure: (failure: KeyStoreFailure) => void;
  readonly onChallengeVerdict: ChallengeVerifiersDependencies['onVerdict'];
  readonly onChallengeReport: ChallengeVerifiersDependencies['onReport'];
}

const random: RandomBytes = createRandomBytes();

/** Checks whose registry it is, opens the keys, and makes what a new registry lacks. */
export async function openCore(inputs: CoreInputs): Promise<Core> {
  const { configuration, home, registry, clock, logger } = inputs;
  // First of all: of another PKI, nothing is so much as opened.
  const publicUrl = await agreeIdentity(registry.admin, home, inputs.publicUrl, clock);
  const passphraseSource = { home, configured: configuration.keyPassphrase };
  const sealer = await registry.withBootstrapLock(() => openSealer(passphraseSource, registry.sealedKeys));
  const { onKeyFailure: onFailure } = inputs;
  const keyParts = openKeys({ configuration, sealer, sealedKeys: registry.sealedKeys, onFailure });
  const keys = keyParts.store;
  const gate = new SigningGate(clock, await registry.admin.readHighWaterMark());
  const catalog = new Catalog(registry.catalog);
  const signers = signerSource(keys, catalog);
  const issuance = new Issuance({ registry: registry.issuance, signers, gate, randomBytes: random });
  const preparer = new CertificatePreparer(publicUrl, random);
  const hierarchy = { registry: registry.issuance, issuance, gate, clock, randomBytes: random, publicUrl };
  const cycle = { catalog, registry: registry.issuance, issuance, preparer, gate, clock, randomBytes: random };
  gate.open();
  await registry.withBootstrapLock(() =>
    ensureHierarchy({ ...hierarchy, catalog, keys, admin: registry.admin, organization: configuration.organization }),
  );
  const succession = new Succession({ registry: registry.succession, profiles: registry.catalog, clock });
  const challengeKeys = new ChallengeKeys(keyParts.software);
  const challenges = new ChallengeVerifiers({
    secrets: keyParts.software,
    clock,
    logger,
    onVerdict: inputs.onChallengeVerdict,
    onReport: inputs.onChallengeReport,
  });
  const enrollment = new EnrollmentService({
    ...cycle,
    pending: registry.pending,
    challenges,
    succession,
    onFailure: (error, attemptId) =>
      logger.error({ event: 'enrollment.failed', attemptId, error }, 'an enrollment failed for a reason of ours'),
  });
  return {
    registry,
    keys,
    keyParts,
    passphraseSource,
    signers,
    catalog,
    gate,
    clock,
    hierarchy,
    enrollment,
    challenges,
    challengeKeys,
    approvals: new ApprovalService({ registry: registry.pending, enrollment, catalog, clock }),
    principalIssuance: new PrincipalIssuance(cycle),
    dryRun: new DryRun({ catalog, registry: registry.dryRun, gate, clock, randomBytes: random, publicUrl }),
    revocation: new RevocationService({ registry: registry.revocation, clock }),
    succession,
    publicUrl,
    logger,
  };
}

/** A profile that every registry has from its first start. */
export async function getReadyProfile({ registry }: Pick<Core, 'registry'>, name: string): Promise<Profile> {
  const profile = await registry.catalog.findProfile(name);
  if (profile === undefined) throw new StartError(`The registry has no profile "${name}". Restore it from a backup.`);
  return profile;
}
