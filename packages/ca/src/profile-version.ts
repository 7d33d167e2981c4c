/** The history of a profile: its versions, which never change, and which of them was in force when. */
import type { Profile } from './profile.ts';

export interface ProfileVersion extends Profile {
  readonly createdAt: Date;
  /** Undefined: the program itself. */
  readonly createdBy: string | undefined;
  readonly comment: string;
  /** Since when it is in force, or was the last time; undefined: never. */
  readonly activatedAt: Date | undefined;
}

/** Where a profile stands. */
export interface ProfileState {
  readonly name: string;
  /** The version in force. */
  readonly activeVersion: number;
  readonly latestVersion: number;
  /** Rises with every change, so that nobody changes what they have not seen. */
  readonly revision: number;
}

export interface ProfileActivation {
  readonly version: number;
  readonly at: Date;
  /** Undefined: the program itself. */
  readonly by: string | undefined;
}
