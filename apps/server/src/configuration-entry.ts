/** The configuration alone: for programs that look at it without running the service. */
export { ConfigurationError, loadConfiguration } from './configuration.ts';
export type { ConfigurationInputs, LoadedConfiguration, SettingSource } from './configuration.ts';
export { settings } from './settings.ts';
export type { Configuration, ListenAddress, Role, SettingKey } from './settings.ts';
export { version } from './version.ts';
