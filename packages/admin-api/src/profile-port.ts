/** What the administration interface needs of profiles. The contract of `ports.ts` holds. */
import type { CaErrorCode, Profile, ProfileRules, ProfileVersion, RuleChange } from '@touchmark/ca';
import type { Act, Page, PageRequest } from './ports.ts';

/** A profile by the version that is in force. */
export interface ProfileRecord extends Profile {
  readonly latestVersion: number;
  readonly revision: number;
}

export interface NewProfileRules {
  readonly rules: ProfileRules;
  /** Why, in the words of who made it. */
  readonly comment: string;
}

/** Rules to be looked at: a version, or rules that are not stored. */
export type ProfileCandidate =
  { readonly kind: 'version'; readonly version: number } | { readonly kind: 'rules'; readonly rules: ProfileRules };

/** A request of the sample that the rules in force grant and the others refuse. */
export interface PreviewRefusal {
  readonly attemptId: string;
  readonly deviceId: string | undefined;
  readonly at: Date;
  readonly code: CaErrorCode;
  readonly message: string;
}

/** What would become of those who use a profile if other rules were in force. */
export interface ProfileForecast {
  readonly name: string;
  /** In force. */
  readonly activeVersion: number;
  /** Undefined: rules that are not stored. */
  readonly version: number | undefined;
  readonly changes: readonly RuleChange[];
  /** Labels of the enrollment endpoints that issue by it. */
  readonly endpoints: readonly string[];
  /** How many devices have an active certificate of it. */
  readonly devices: number;
  /** Active certificates by the version that they were issued by, newest version first. */
  readonly certificates: readonly { readonly version: number; readonly active: number }[];
  /** The latest requests of those who have its certificates, run dry by both. */
  readonly sample: {
    readonly requests: number;
    /** Refused by the rules in force as well. */
    readonly refusedAnyway: number;
    readonly refused: readonly PreviewRefusal[];
  };
  /** Why these rules cannot be put in force, whoever insists; empty: they can. */
  readonly obstacles: readonly string[];
}

export interface ProfileServices {
  /** By name. Few: not paged. */
  listProfiles(): Promise<readonly ProfileRecord[]>;
  getProfile(name: string): Promise<ProfileRecord>;
  /** Its first version is in force at once. A name that is taken is `conflict`. */
  createProfile(name: string, rules: NewProfileRules, act: Act): Promise<ProfileRecord>;
  /** Newest first. */
  listProfileVersions(name: string, page: PageRequest): Promise<Page<ProfileVersion>>;
  getProfileVersion(name: string, version: number): Promise<ProfileVersion>;
  /** Stores a version; nothing is issued by it yet. @param seenRevision undefined: whatever it is; another is `conflict` */
  addProfileVersion(
    name: string,
    rules: NewProfileRules,
    seenRevision: number | undefined,
    act: Act,
  ): Promise<{ readonly version: ProfileVersion; readonly revision: number }>;
  previewProfile(name: string, candidate: ProfileCandidate): Promise<ProfileForecast>;
  /**
   * When it resolves, this node issues by the version; the others do within two seconds. `conflict` when an obstacle of
   * the preview stands against it, or, unless `acceptRefusals`, when requests of the sample would be refused by it.
   */
  activateProfileVersion(
    name: string,
    activation: {
      /** `previous`: the one that was in force before. */
      readonly version: number | 'previous';
      readonly acceptRefusals: boolean;
      readonly seenRevision: number | undefined;
    },
    act: Act,
  ): Promise<ProfileRecord>;
}
