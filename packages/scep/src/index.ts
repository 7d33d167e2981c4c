/** RFC 8894: Simple Certificate Enrolment Protocol, server side. */
export type { ScepAuthority, ScepEndpoint, ScepRecipient } from './authority.ts';
export { encodeCapabilities } from './capabilities.ts';
export { failInfoOf } from './fail-info.ts';
export type { FailInfo } from './fail-info.ts';
export { createScepHandler, scepOverloaded } from './handler.ts';
export type { ScepHandlerOptions } from './handler.ts';
export { decodeMessageParameter, maxMessageBytes } from './message-octets.ts';
export { encodeMobileConfig } from './mobile-config.ts';
export type { MobileConfigFields } from './mobile-config.ts';
export { presetNames, presets } from './presets.ts';
export type { ScepPreset, ScepPresetName } from './presets.ts';
export { ScepSettings } from './settings.ts';
export { findSettingsInForce } from './settings-in-force.ts';
export type { ScepSettingInForce } from './settings-in-force.ts';
export type { ScepSettingsInput } from './settings.ts';
export { isScepPath, scepOperations, scepPathOf } from './target.ts';
export type { ScepOperation } from './target.ts';
