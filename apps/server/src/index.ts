export { ConfigurationError, loadConfiguration } from './configuration.ts';
export type { ConfigurationInputs, LoadedConfiguration, SettingSource } from './configuration.ts';
export type { FirstRun } from './first-run.ts';
export { startServer } from './serve.ts';
export type { RunningServer } from './serve.ts';
export { settings } from './settings.ts';
export type { Configuration, ListenAddress, Role, SettingKey } from './settings.ts';
export { StartError } from './start-error.ts';
export { version } from './version.ts';
