/** The settings of an authority as flags, the same for making and for changing one. */
import type { Command } from 'commander';
import { choice } from '../command.ts';
import { keyAlgorithmNames } from '@touchmark/crypto';
import type { KeyAlgorithmName } from '@touchmark/crypto';
import { parseDuration } from '../duration.ts';

export interface SettingsOptions {
  readonly crlValidity?: number;
  readonly crlInterval?: number;
  readonly crlShards?: number;
  readonly ocspValidity?: number;
  readonly ocspKeyAlgorithm?: KeyAlgorithmName;
}

export function settingsOptions(command: Command): Command {
  return command
    .option('--crl-validity <duration>', 'how long a CRL holds, for example 7d', parseDuration)
    .option('--crl-interval <duration>', 'a new CRL at least so often, for example 24h', parseDuration)
    .option('--crl-shards <n>', 'parts of the CRL: 1, 16 for 100 000 certificates, 256 beyond; never lowered', Number)
    .option('--ocsp-validity <duration>', 'how long an OCSP answer holds, for example 24h', parseDuration)
    .addOption(choice('--ocsp-key-algorithm <name>', 'key of the delegated OCSP responder', keyAlgorithmNames));
}

/** The members of the body; what was not given is left out. */
export function settingsBody(options: SettingsOptions) {
  return {
    crlValiditySeconds: options.crlValidity,
    crlIntervalSeconds: options.crlInterval,
    crlShards: options.crlShards,
    ocspValiditySeconds: options.ocspValidity,
    ocspKeyAlgorithm: options.ocspKeyAlgorithm,
  };
}
