/** `touchmark endpoint mobileconfig`: a configuration profile with which an Apple device enrolls. */
import { existsSync } from 'node:fs';
import type { CreatedSecret, Endpoint, MobileConfig } from '@touchmark/admin-api';
import { Option } from 'commander';
import type { Command } from 'commander';
import { segment } from '../api.ts';
import type { Api } from '../api.ts';
import { apiOf } from '../command.ts';
import { CliFailure } from '../failure.ts';
import { writeWhole } from '../files.ts';
import { say, userPath } from '../io.ts';
import type { Io } from '../io.ts';
import { readSecretLine } from '../password.ts';

interface MobileConfigOptions {
  readonly device?: string;
  readonly cn?: string;
  readonly challengeFile?: string;
  readonly keySize: string;
  readonly displayName?: string;
  readonly organization?: string;
  readonly identifier?: string;
  readonly out: string;
  readonly overwrite?: boolean;
}

async function checkIsScep(api: Api, label: string): Promise<void> {
  const { protocol } = await api.get<Endpoint>(`/endpoints/${segment(label)}`);
  if (protocol === 'scep') return;
  throw new CliFailure('conflict', `The endpoint "${label}" is none of SCEP, which Apple devices enroll by.`);
}

export function addMobileConfigCommand(endpoint: Command, io: Io): void {
  endpoint
    .command('mobileconfig')
    .description('write a configuration profile with which an Apple device enrolls at a SCEP endpoint')
    .argument('<label>')
    .addOption(
      new Option('--device <id>', 'of this device, with a new secret that is bound to it').conflicts([
        'cn',
        'challengeFile',
      ]),
    )
    .option('--cn <name>', 'commonName of the request, e.g. %SerialNumber% where a management fills it in')
    .option('--challenge-file <file>', 'its first line goes in as the challenge; - for standard input')
    .addOption(new Option('--key-size <bits>', 'of the RSA key').choices(['2048', '4096']).default('2048'))
    .option('--display-name <text>', 'shown to the user')
    .option('--organization <text>')
    .option(
      '--identifier <name>',
      'in reverse-DNS style; a profile of the same identifier replaces the one on the device',
    )
    .requiredOption('--out <file>', 'e.g. press-1.mobileconfig; mode 0600, since the challenge is in it')
    .option('--overwrite', 'replace a file that is there')
    .action(async (label: string, options: MobileConfigOptions, command: Command) => {
      const api = apiOf(io, command);
      const { device, displayName, organization, identifier, overwrite = false } = options;
      const path = `/endpoints/${segment(label)}`;
      // A secret for an endpoint that no profile can be made for would be left behind.
      if (device !== undefined) await checkIsScep(api, label);
      const out = userPath(io, options.out);
      if (!overwrite && existsSync(out))
        throw new CliFailure('conflict', `${options.out} is there already.`, {
          hint: 'Choose another name, or give --overwrite.',
        });
      const challenge =
        device !== undefined
          ? (await api.post<CreatedSecret>(`${path}/secrets`, { deviceId: device })).secret
          : options.challengeFile === undefined
            ? undefined
            : await readSecretLine(io, options.challengeFile);
      const fields = { challenge, keySize: Number(options.keySize), displayName, organization, identifier };
      const commonName = device ?? options.cn ?? '%SerialNumber%';
      const made = await api.post<MobileConfig>(`${path}/mobileconfig`, { commonName, ...fields });
      writeWhole(out, made.mobileConfig, { mode: 0o600, overwrite });
      say(
        io,
        challenge === undefined
          ? `${options.out} is written, for ${commonName} and without a challenge: your device management fills both in.`
          : `${options.out} is written. The challenge is in it in clear: give it to its device alone.`,
      );
    });
}
