/** Profiles and explanations in memory: small, but they keep every promise of the ports' contract. */
import { CaError, diffRules } from '@touchmark/ca';
import type { EnrollmentAttempt, Explanation as Explained, Profile, ProfileVersion } from '@touchmark/ca';
import { encodeName, encodeTbsCertificate, extension, parseCertificationRequest } from '@touchmark/x509';
import type {
  Act,
  ExplainQuestion,
  ExplainServices,
  NewProfileRules,
  Page,
  PageRequest,
  Principal,
  ProfileCandidate,
  ProfileForecast,
  ProfileRecord,
  ProfileServices,
  ReplayedAttempt,
} from '../../src/index.ts';

/** An act as it would be audited. */
export interface RecordedAct {
  readonly action: string;
  readonly act: Omit<Act, 'principal'> & { readonly principal?: Principal };
}

interface State {
  readonly activeVersion: number;
  readonly previousVersion: number | undefined;
  readonly revision: number;
}

export class MemoryProfiles implements ProfileServices, ExplainServices {
  readonly #versions = new Map<string, ProfileVersion[]>();
  readonly #states = new Map<string, State>();
  /** Requests that any other version than the first would refuse. */
  readonly refusals: ProfileForecast['sample']['refused'][number][] = [];
  readonly acts: RecordedAct[] = [];

  addProfile({ name, version, rules }: Profile): void {
    const createdAt = new Date();
    this.#versions.set(name, [
      { name, version, rules, createdAt, createdBy: undefined, comment: '', activatedAt: createdAt },
    ]);
    this.#states.set(name, { activeVersion: version, previousVersion: undefined, revision: 1 });
  }

  async listProfiles(): Promise<readonly ProfileRecord[]> {
    return Promise.all([...this.#versions.keys()].sort().map((name) => this.getProfile(name)));
  }

  async getProfile(name: string): Promise<ProfileRecord> {
    const { state, versions } = this.#find(name);
    const { rules } = await this.getProfileVersion(name, state.activeVersion);
    const latestVersion = versions.at(-1)?.version ?? 0;
    return { name, version: state.activeVersion, latestVersion, revision: state.revision, rules };
  }

  async createProfile(name: string, { rules }: NewProfileRules, act: Act): Promise<ProfileRecord> {
    if (this.#versions.has(name)) throw new CaError('conflict', `There is a profile "${name}" already.`);
    this.addProfile({ name, version: 1, rules });
    this.acts.push({ action: 'createProfile', act });
    return this.getProfile(name);
  }

  async listProfileVersions(name: string, { limit }: PageRequest): Promise<Page<ProfileVersion>> {
    return { items: this.#find(name).versions.toReversed().slice(0, limit), nextCursor: undefined };
  }

  async getProfileVersion(name: string, version: number): Promise<ProfileVersion> {
    const found = this.#find(name).versions.find((candidate) => candidate.version === version);
    if (found === undefined) throw new CaError('notFound', `The profile has no version ${version}.`);
    return found;
  }

  async addProfileVersion(
    name: string,
    { rules, comment }: NewProfileRules,
    seenRevision: number | undefined,
    act: Act,
  ): Promise<{ version: ProfileVersion; revision: number }> {
    const { state, versions } = this.#find(name);
    if (seenRevision !== undefined && seenRevision !== state.revision) throw new CaError('conflict', 'It was changed.');
    const version: ProfileVersion = {
      name,
      version: (versions.at(-1)?.version ?? 0) + 1,
      rules,
      createdAt: new Date(),
      createdBy: act.principal.name,
      comment,
      activatedAt: undefined,
    };
    versions.push(version);
    this.#states.set(name, { ...state, revision: state.revision + 1 });
    this.acts.push({ action: 'addProfileVersion', act });
    return { version, revision: state.revision + 1 };
  }

  async previewProfile(name: string, candidate: ProfileCandidate): Promise<ProfileForecast> {
    const active = await this.getProfile(name);
    const rules =
      candidate.kind === 'rules' ? candidate.rules : (await this.getProfileVersion(name, candidate.version)).rules;
    return {
      name,
      activeVersion: active.version,
      version: candidate.kind === 'version' ? candidate.version : undefined,
      changes: diffRules(active.rules, rules),
      endpoints: [],
      devices: 1,
      certificates: [{ version: active.version, active: 1 }],
      sample: { requests: this.refusals.length, refusedAnyway: 0, refused: this.refusals },
      obstacles: active.rules.service === rules.service ? [] : ['The service uses it.'],
    };
  }

  async activateProfileVersion(
    name: string,
    {
      version: wanted,
      acceptRefusals,
      seenRevision,
    }: { version: number | 'previous'; acceptRefusals: boolean; seenRevision: number | undefined },
    act: Act,
  ): Promise<ProfileRecord> {
    const { state } = this.#find(name);
    if (seenRevision !== undefined && seenRevision !== state.revision) throw new CaError('conflict', 'It was changed.');
    const version = wanted === 'previous' ? state.previousVersion : wanted;
    if (version === undefined) throw new CaError('conflict', 'There was no other version.');
    const { obstacles, sample } = await this.previewProfile(name, { kind: 'version', version });
    if (obstacles.length > 0 || (sample.refused.length > 0 && !acceptRefusals)) {
      throw new CaError('profileInUse', `It cannot be put in force: ${obstacles[0] ?? sample.refused[0]?.message}`);
    }
    this.#states.set(name, {
      activeVersion: version,
      previousVersion: state.activeVersion,
      revision: state.revision + 1,
    });
    this.acts.push({ action: 'activateProfile', act });
    return this.getProfile(name);
  }

  async explain(question: ExplainQuestion): Promise<Explained> {
    const profile = await this.getProfile(question.profileName ?? 'server');
    const { subjectPublicKeyInfoDer, subject } = parseCertificationRequest(question.requestDer);
    const refused = question.caller.kind === 'newDevice';
    const code = refused ? ('deviceNameMissing' as const) : undefined;
    const message = refused ? 'The request names no device.' : undefined;
    return {
      outcome: refused ? 'refuse' : 'issue',
      code,
      message,
      profile: question.candidate?.kind === 'rules' ? { ...profile, version: 0 } : profile,
      authorityName: 'issuing',
      deviceId: question.caller.kind === 'device' ? question.caller.deviceId : undefined,
      verdicts: [
        { step: 'parse', rule: 'request', outcome: 'passed', code: undefined, message: undefined },
        { step: 'authorize', rule: 'deviceName', outcome: refused ? 'failed' : 'passed', code, message },
      ],
      complete: !refused,
      steps: [{ step: 'authorize', note: 'a name was left out', warning: true }],
      tbsCertificateDer: refused
        ? undefined
        : encodeTbsCertificate({
            serialNumber: new Uint8Array([0x11]),
            signatureAlgorithmDer: new Uint8Array([0x30, 0x05, 0x06, 0x03, 0x2b, 0x65, 0x70]),
            issuerDer: encodeName([{ attribute: 'commonName', value: 'issuing' }]),
            notBefore: new Date('2026-01-01T00:00:00Z'),
            notAfter: new Date('2026-12-31T23:59:59Z'),
            subjectDer: subject.der,
            subjectPublicKeyInfoDer,
            extensionsDer: [extension.basicConstraints({ cA: false })],
          }),
      earlierCertificateId: undefined,
    };
  }

  /** Of a request that is kept: what would become of it now. */
  async replay(attempt: EnrollmentAttempt, requestDer: Uint8Array): Promise<ReplayedAttempt> {
    const explanation = await this.explain({
      requestDer,
      caller: { kind: 'device', deviceId: attempt.deviceId ?? 'pump-1' },
      operation: undefined,
      endpointLabel: undefined,
      profileName: undefined,
      candidate: undefined,
      authority: undefined,
    });
    return {
      attempt,
      explanation,
      changed: attempt.outcome !== 'issued',
      differences: [{ field: 'lifetimeSeconds', then: '86400', now: '172800' }],
    };
  }

  async replayAttempt(_id?: string): Promise<ReplayedAttempt> {
    throw new CaError('requestNotKept', 'No request is kept with this attempt.');
  }

  #find(name: string): { readonly state: State; readonly versions: ProfileVersion[] } {
    const [state, versions] = [this.#states.get(name), this.#versions.get(name)];
    if (state === undefined || versions === undefined) throw new CaError('notFound', 'There is no such profile.');
    return { state, versions };
  }
}
