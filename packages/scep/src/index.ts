/** RFC 8894: Simple Certificate Enrolment Protocol, server side. */
export type { ScepAuthority, ScepEndpoint, ScepRecipient } from './authority.ts';
export { presetNames, presets } from './presets.ts';
export type { ScepPreset, ScepPresetName } from './presets.ts';
export { ScepSettings } from './settings.ts';
export type { ScepSettingsInput } from './settings.ts';
