/** The operator's own extensions that say something about this device or request. */
import { CaError } from './errors.ts';
import { checkReadable } from './name-policy.ts';
import { fillOrRefuse } from './names.ts';
import type { Profile } from './profile.ts';
import { compileProfile } from './profile/compiled-profile.ts';
import type { NameSources } from './profile/name-sources.ts';

/** Whole extensions, in the order of the profile. */
export function resolveOwnExtensions(profile: Profile, sources: NameSources): Uint8Array[] {
  return compileProfile(profile.rules).filledExtensions.flatMap(({ oid, encode, ...filled }) => {
    const what = `the extension ${oid}`;
    const text = fillOrRefuse(profile, filled, what, sources);
    if (text === undefined) return [];
    checkReadable(`value of ${what}`, text);
    try {
      return [encode(text)];
    } catch (error) {
      if (!(error instanceof RangeError)) throw error;
      throw new CaError('nameInvalid', `The value of ${what} cannot be certified: ${error.message}.`, { cause: error });
    }
  });
}
