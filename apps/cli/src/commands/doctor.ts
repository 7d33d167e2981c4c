/** `touchmark doctor`: looks at everything that commonly goes wrong, and says how to mend it. */
import type { Authority, Crl, Status } from '@touchmark/admin-api';
import type { Command } from 'commander';
import { homeDirectory, resolveAccess } from '../access.ts';
import { Api } from '../api.ts';
import { accessOptionsOf, outputOption } from '../command.ts';
import { hostChecks } from '../doctor/host-checks.ts';
import { publicationChecks } from '../doctor/publication-checks.ts';
import { serviceChecks } from '../doctor/service-checks.ts';
import type { Finding, Patient } from '../doctor/finding.ts';
import { CliFailure, messageOf } from '../failure.ts';
import { paint, writeData } from '../io.ts';
import type { Io, Style } from '../io.ts';
import type { Listing } from '../output/format.ts';
import { printable, wrapped } from '../output/table.ts';

const styles: Readonly<Record<Finding['verdict'], Style>> = {
  ok: 'green',
  warning: 'yellow',
  failed: 'red',
  skipped: 'dim',
};

export function addDoctorCommand(program: Command, io: Io): void {
  program
    .command('doctor')
    .description('look for what commonly goes wrong, and say how to mend it; exit code 1 when something failed')
    .addOption(outputOption(['table', 'json']))
    .action(async (options: { output: 'table' | 'json' }, command: Command) => {
      const patient = examine(io, command);
      const findings: (Finding & { check: string })[] = [];
      for (const { name, run } of [...hostChecks, ...serviceChecks, ...publicationChecks]) {
        const finding = await run(patient).catch(toFinding);
        findings.push({ check: name, ...finding });
        if (options.output === 'table') writeFinding(io, name, finding);
      }
      const failures = findings.filter(({ verdict }) => verdict === 'failed').length;
      if (options.output === 'json')
        writeData(io, JSON.stringify({ ok: failures === 0, checks: findings }, undefined, 2));
      if (failures > 0) throw new CliFailure('failed', `${failures} of ${findings.length} checks failed.`);
    });
}

function examine(io: Io, command: Command): Patient {
  const access = accessOptionsOf(command);
  const remote = access.url ?? (access.home === undefined ? io.env.TOUCHMARK_URL : undefined);
  const api = once(async () => new Api(resolveAccess(io, access)));
  return {
    io,
    home: remote === undefined ? homeDirectory(io, access) : undefined,
    api,
    answer: once(async () => (await api()).send('GET', '/openapi.json')),
    status: once(async () => (await api()).get<Status>('/status')),
    authorities: once(async () => (await (await api()).get<Listing<Authority>>('/authorities')).items),
    crls: once(async () => (await (await api()).get<Listing<Crl>>('/crls')).items),
  };
}

function once<T>(ask: () => Promise<T>): () => Promise<T> {
  let asked: Promise<T> | undefined;
  return () => (asked ??= ask());
}

function toFinding(error: unknown): Finding {
  const hint = error instanceof CliFailure ? error.options.hint : undefined;
  return { verdict: 'failed', found: messageOf(error), mend: hint ?? 'Mend what failed above first.' };
}

/** Mark and name take this many columns. */
const indent = 26;

function writeFinding(io: Io, name: string, { verdict, found, mend }: Finding): void {
  const width = io.stdout.isTTY ? io.stdout.columns - indent : Number.POSITIVE_INFINITY;
  const mark = paint(io, io.stdout, styles[verdict], verdict.padEnd(7));
  const lines = [
    ...found.split('\n').flatMap((line) => wrapped(printable(line), width)),
    ...(mend === undefined ? [] : wrapped(`-> ${mend}`, width)),
  ];
  writeData(io, `${mark}  ${name.padEnd(15)}  ${lines.join(`\n${' '.repeat(indent)}`)}`);
}
