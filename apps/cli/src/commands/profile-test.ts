/** `touchmark profile test`: the very certificate that would be issued, and the verdict of each rule. */
import type { Explanation } from '@touchmark/admin-api';
import { Option } from 'commander';
import type { Command } from 'commander';
import { resolveCertificate } from '../certificate-argument.ts';
import { apiOf, outputOption } from '../command.ts';
import { writeExplanation } from '../explanation.ts';
import { CliFailure } from '../failure.ts';
import { readInput } from '../files.ts';
import { writeData } from '../io.ts';
import type { Io } from '../io.ts';
import { readRules } from '../rules-file.ts';
import { collectSan } from '../subject-alt-name.ts';
import type { SubjectAltName } from '../subject-alt-name.ts';

interface TestOptions {
  readonly csr: string;
  readonly device?: string;
  readonly newDevice?: boolean;
  readonly secret?: string;
  readonly cert?: string;
  readonly for?: string;
  readonly cn?: string;
  readonly san: readonly SubjectAltName[];
  readonly endpoint?: string;
  readonly version?: number;
  readonly file?: string;
  readonly ca?: string;
  readonly output: 'table' | 'json';
}

const callers = ['device', 'newDevice', 'secret', 'cert', 'cn', 'for'] as const;

export function addProfileTestCommand(profile: Command, io: Io): void {
  const caller = (flags: string, help: string, name: (typeof callers)[number]): Option =>
    new Option(flags, help).conflicts(callers.filter((other) => other !== name && !isPrincipals(other, name)));
  profile
    .command('test')
    .description('what would become of a request: the certificate and the verdict of each rule; nothing is issued')
    .argument('<name>')
    .requiredOption('--csr <file>', 'certification request in PEM or DER, - for standard input')
    .addOption(caller('--device <id>', 'as this device, with a fresh secret that is bound to it', 'device'))
    .addOption(caller('--new-device', 'as a device that nobody knows, with a fresh secret', 'newDevice'))
    .addOption(caller('--secret <id>', 'as whoever has this enrollment secret, as it is now', 'secret'))
    .addOption(caller('--cert <certificate>', 'as the device that renews this certificate', 'cert'))
    .addOption(caller('--for <id>', 'as an administrator, for this device', 'for'))
    .addOption(caller('--cn <name>', 'as an administrator, with this commonName', 'cn'))
    .option('--san <kind:value>', 'as an administrator, with this name; may be repeated', collectSan, [])
    .option('--endpoint <label>', 'at this enrollment endpoint')
    .addOption(new Option('--version <n>', 'by this version').argParser(Number).conflicts('file'))
    .option('--file <file>', 'by the rules in this file, YAML or JSON; nothing is stored')
    .option('--ca <name>', 'by this authority')
    .addOption(outputOption(['table', 'json']))
    .action(async (name: string, options: TestOptions, command: Command) => {
      const bytes = Buffer.from(await readInput(io, options.csr));
      const explanation = await apiOf(io, command).post<Explanation>('/explain', {
        certificationRequest: bytes[0] === 0x30 ? bytes.toString('base64') : bytes.toString('utf8'),
        caller: await callerOf(io, options),
        profile: name,
        endpoint: options.endpoint,
        version: options.version,
        rules: options.file === undefined ? undefined : await readRules(io, options.file),
        authority: options.ca,
      });
      if (options.output === 'json') writeData(io, JSON.stringify(explanation, undefined, 2));
      else writeExplanation(io, explanation);
      if (explanation.outcome === 'refuse') {
        throw new CliFailure(
          'refused',
          `The request would be refused: ${explanation.message ?? explanation.code ?? ''}`,
          {
            hint: explanation.code === null ? undefined : `touchmark explain ${explanation.code}`,
          },
        );
      }
    });
}

/** `--for` and `--cn` go together: both are of an administrator. */
function isPrincipals(one: string, other: string): boolean {
  return ['cn', 'for'].includes(one) && ['cn', 'for'].includes(other);
}

async function callerOf(io: Io, { device, newDevice, secret, cert, cn, san, for: deviceId }: TestOptions) {
  if (device !== undefined) return { kind: 'device', id: device };
  if (newDevice === true) return { kind: 'newDevice' };
  if (secret !== undefined) return { kind: 'secret', id: secret };
  if (cert !== undefined) return { kind: 'certificate', id: await resolveCertificate(io, cert) };
  return { kind: 'principal', commonName: cn, subjectAltNames: san, deviceId };
}
