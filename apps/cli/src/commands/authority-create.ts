/** `touchmark ca create-root|create-intermediate` */
import type { Authority } from '@touchmark/admin-api';
import { messageUsages } from '@touchmark/ca';
import type { MessageUsage } from '@touchmark/ca';
import { keyAlgorithmNames, signatureAlgorithms } from '@touchmark/crypto';
import type { KeyAlgorithmName, SignatureAlgorithmName } from '@touchmark/crypto';
import { nameSubtreeKinds } from '@touchmark/x509';
import type { NameSubtreeKind } from '@touchmark/x509';
import { InvalidArgumentError } from 'commander';
import type { Command } from 'commander';
import { apiOf, choice, outputOption } from '../command.ts';
import { parseDuration } from '../duration.ts';
import { suggestNext } from '../io.ts';
import type { Io } from '../io.ts';
import { authorityView, factsOfAuthority } from '../output/authority.ts';
import { showFormats, writeThing } from '../output/format.ts';
import type { ShowFormat } from '../output/format.ts';
import { settingsBody, settingsOptions } from './authority-options.ts';
import type { SettingsOptions } from './authority-options.ts';

interface Subtree {
  readonly kind: NameSubtreeKind;
  readonly value: string;
}

interface CreateOptions extends SettingsOptions {
  readonly issuer?: string;
  readonly subject: string;
  readonly keyAlgorithm: KeyAlgorithmName;
  readonly signatureAlgorithm?: SignatureAlgorithmName;
  readonly key?: string;
  readonly validity?: number;
  readonly pathLength?: number | null;
  readonly keyUsage: readonly MessageUsage[];
  readonly permit: readonly Subtree[];
  readonly exclude: readonly Subtree[];
  readonly output: ShowFormat;
}

export function addCreateAuthorityCommands(ca: Command, io: Io): void {
  const root = ca.command('create-root').description('create a root authority, which signs itself');
  createOptions(root, 'unlimited').action((name: string, options: CreateOptions, command: Command) =>
    create(io, name, options, command),
  );

  const intermediate = ca
    .command('create-intermediate')
    .description('create an authority below another one')
    .requiredOption('--issuer <name>', 'the authority that certifies it, by name or id');
  createOptions(intermediate, '0').action((name: string, options: CreateOptions, command: Command) =>
    create(io, name, options, command),
  );
}

function createOptions(command: Command, pathLength: string): Command {
  command
    .argument('<name>', 'in URLs: lower-case letters, digits and inner hyphens')
    .requiredOption('--subject <name>', "as in 'CN=Example Issuing CA,O=Example,C=DE' (RFC 4514)")
    .addOption(choice('--key-algorithm <name>', 'kind of key', keyAlgorithmNames).default('ec-p256'))
    .addOption(choice('--signature-algorithm <name>', 'by default that of the key', Object.keys(signatureAlgorithms)))
    .option('--key <uri>', 'a pkcs11: URI (RFC 7512); by default a new key in software')
    .option('--validity <duration>', 'for example 3650d; by default 20 years for a root, 10 for others', parseDuration)
    .option(
      '--path-length <n>',
      `how many authorities may follow below it, or "unlimited"; by default ${pathLength}`,
      parsePathLength,
    )
    .option(
      '--key-usage <names>',
      `beside keyCertSign and cRLSign: ${messageUsages.join(',')}, for SCEP messages that the authority itself reads`,
      parseKeyUsage,
      [],
    )
    .option(
      '--permit <kind:value>',
      `permitted names: ${nameSubtreeKinds.join(', ')}, e.g. dns:example.com; may be repeated`,
      collectSubtree,
      [],
    )
    .option('--exclude <kind:value>', 'excluded names; may be repeated', collectSubtree, []);
  return settingsOptions(command).addOption(outputOption(showFormats));
}

async function create(io: Io, name: string, options: CreateOptions, command: Command): Promise<void> {
  const { issuer, permit, exclude } = options;
  const constrained = permit.length + exclude.length > 0;
  const created = await apiOf(io, command).post<Authority>('/authorities', {
    name,
    issuer,
    subject: options.subject,
    keyAlgorithm: options.keyAlgorithm,
    signatureAlgorithm: options.signatureAlgorithm,
    keyId: options.key,
    validitySeconds: options.validity,
    pathLength: options.pathLength,
    keyUsage: options.keyUsage,
    nameConstraints: constrained ? { permitted: permit, excluded: exclude } : undefined,
    ...settingsBody(options),
  });
  writeThing(io, created, { name: authorityView.name, facts: factsOfAuthority }, options.output);
  suggestNext(
    io,
    ...(created.kind === 'root'
      ? [`touchmark ca create-intermediate NAME --issuer ${created.name} --subject 'CN=…'`]
      : [`touchmark endpoint create LABEL --ca ${created.name} --profile device`]),
  );
}

function parsePathLength(text: string): number | null {
  if (text === 'unlimited') return null;
  if (!/^\d{1,2}$/.test(text)) throw new InvalidArgumentError('Write a whole number, or "unlimited".');
  return Number(text);
}

function parseKeyUsage(text: string): readonly MessageUsage[] {
  return text.split(',').map((word) => {
    const usage = messageUsages.find((name) => name === word.trim());
    if (usage === undefined)
      throw new InvalidArgumentError(`Write ${messageUsages.join(' or ')}, or both with a comma.`);
    return usage;
  });
}

function collectSubtree(text: string, sofar: readonly Subtree[]): readonly Subtree[] {
  const colon = text.indexOf(':');
  const kind = nameSubtreeKinds.find((name) => name === text.slice(0, colon));
  if (kind === undefined) {
    throw new InvalidArgumentError(`Write KIND:VALUE with one of ${nameSubtreeKinds.join(', ')}.`);
  }
  return [...sofar, { kind, value: text.slice(colon + 1) }];
}
