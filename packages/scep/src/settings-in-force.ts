/** The settings of a SCEP endpoint as they are in force: each with its value, where that is from, and what it does. */
import { presets } from './presets.ts';
import type { ScepPreset } from './presets.ts';
import { ScepSettings } from './settings.ts';

export interface ScepSettingInForce {
  readonly name: string;
  readonly value: string | boolean;
  /** `endpoint`: written there; `preset`: its preset is other than `generic` there; `generic`: as every endpoint begins. */
  readonly source: 'endpoint' | 'preset' | 'generic';
  /** What there is without it being written at the endpoint; undefined: nothing. */
  readonly byPreset: string | boolean | undefined;
  /** What this value does, in the words of docs/scep.md. */
  readonly meaning: string;
}

type MeaningOf<Value> = Value extends boolean
  ? Readonly<Record<'true' | 'false', string>>
  : Readonly<Record<Value & string, string>>;

const meanings: { readonly [Setting in keyof ScepPreset]: MeaningOf<ScepPreset[Setting]> } = {
  recipient: {
    ra: 'the RA reads requests and signs answers',
    ca: 'the CA itself reads requests and signs answers',
  },
  caCertificate: {
    chain: 'GetCACert answers with RA, CA and root together',
    single: 'GetCACert answers with one certificate',
  },
  alongside: {
    issuer: 'an answer has the certificate of the issuing CA beside the new one',
    none: 'an answer has nothing beside the new certificate',
  },
  sha1: {
    true: 'messages and requests may be signed with SHA-1',
    false: 'messages and requests signed with SHA-1 are refused',
  },
  des3: {
    true: 'messages may be encrypted with triple DES',
    false: 'messages encrypted with triple DES are refused',
  },
  des: {
    true: 'messages may be encrypted with DES, which whoever listens can break',
    false: 'messages encrypted with DES are refused',
  },
};

/**
 * @param written the settings as they are stored with the endpoint
 * @returns undefined where they cannot be read: such an endpoint refuses whatever it is asked
 */
export function findSettingsInForce(
  written: Readonly<Record<string, unknown>>,
): readonly ScepSettingInForce[] | undefined {
  const settings = ScepSettings.safeParse(written).data;
  if (settings === undefined) return undefined;
  const preset: ScepPreset = presets[settings.preset];
  const named = (Object.keys(meanings) as (keyof ScepPreset)[]).map((name): ScepSettingInForce => {
    const value = settings[name];
    const source =
      written[name] !== undefined ? 'endpoint' : preset[name] === presets.generic[name] ? 'generic' : 'preset';
    const meaning = (meanings[name] as Readonly<Record<string, string>>)[String(value)] ?? '';
    return { name, value, source, byPreset: preset[name], meaning };
  });
  return settings.nextAuthority === undefined ? named : [...named, takingOver(settings.nextAuthority)];
}

function takingOver(nextAuthority: string): ScepSettingInForce {
  return {
    name: 'nextAuthority',
    value: nextAuthority,
    source: 'endpoint',
    byPreset: undefined,
    meaning: 'GetNextCACert tells clients of the authority that takes over',
  };
}
