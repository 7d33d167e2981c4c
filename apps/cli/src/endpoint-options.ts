/** The options of `touchmark endpoint create|set`, and the body of a request that they make. */
import { InvalidArgumentError } from 'commander';
import type { Command } from 'commander';
import { choice } from './command.ts';

const accepts = ['secret', 'certificate', 'both', 'anyone'] as const;
type Accepts = (typeof accepts)[number];

export interface EndpointOptions {
  readonly ca?: string;
  readonly profile?: string;
  readonly accepts?: Accepts;
  readonly approval?: 'automatic' | 'manual';
  readonly setting?: Readonly<Record<string, unknown>>;
}

export function endpointOptions(command: Command): Command {
  return command
    .addOption(
      choice(
        '--accepts <credentials>',
        'enrollment secrets, certificates for renewal, both, or also who proves nothing (with --approval manual)',
        accepts,
      ),
    )
    .addOption(
      choice('--approval <how>', 'manual: first enrollments wait for touchmark request approve', [
        'automatic',
        'manual',
      ]),
    )
    .option(
      '--setting <name=value>',
      'of SCEP, e.g. preset=apple, recipient=ca, sha1=false, nextAuthority=NAME; repeatable, and together in the place of those there are',
      collectSetting,
    );
}

/** What is not given stays as it is. */
export function endpointBody({ ca, profile, accepts: chosen, approval, setting }: EndpointOptions) {
  return {
    authority: ca,
    profile,
    approval,
    settings: setting,
    ...(chosen !== undefined && {
      acceptsSecret: chosen !== 'certificate',
      acceptsCertificate: chosen !== 'secret',
      acceptsAnyone: chosen === 'anyone',
    }),
  };
}

export function collectSetting(text: string, earlier: Readonly<Record<string, unknown>> = {}): Record<string, unknown> {
  const [name = '', ...rest] = text.split('=');
  const value = rest.join('=');
  if (name === '' || rest.length === 0) throw new InvalidArgumentError('Write it as name=value.');
  return { ...earlier, [name]: valueOf(value) };
}

/** true, false and numbers are that; in double quotes they are text, as everything else is. */
function valueOf(written: string): unknown {
  if (!/^(?:true|false|-?\d{1,15}(?:\.\d{1,15})?|".*")$/.test(written)) return written;
  try {
    const value: unknown = JSON.parse(written);
    return value;
  } catch {
    return written;
  }
}
