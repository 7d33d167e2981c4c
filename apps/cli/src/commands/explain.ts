/** `touchmark explain CODE`: what a refusal means and how to mend it. */
import type { Command } from 'commander';
import { outputOption } from '../command.ts';
import { CliFailure } from '../failure.ts';
import { writeData } from '../io.ts';
import type { Io } from '../io.ts';
import { writeFacts, writeTable } from '../output/table.ts';

export function addExplainCommand(program: Command, io: Io): void {
  program
    .command('explain')
    .description('what a refusal code means and how to mend it; without a code, all of them')
    .argument('[code]', 'for example secretExpired')
    .addOption(outputOption(['table', 'json']))
    .action(async (written: string | undefined, options: { output: 'table' | 'json' }) => {
      // Loaded here alone: it brings the whole contract with it, which other commands do not need.
      const { didYouMean, findRefusal, refusals } = await import('@touchmark/admin-api');
      if (written === undefined) {
        const all = Object.entries(refusals).map(([code, refusal]) => ({ code, ...refusal }));
        if (options.output === 'json')
          return writeData(io, JSON.stringify({ items: all, nextCursor: null }, undefined, 2));
        return writeTable(
          io,
          ['CODE', 'MEANING'],
          all.map(({ code, meaning }) => [{ text: code }, { text: meaning }]),
        );
      }
      const found = findRefusal(written);
      if (found === undefined) {
        throw new CliFailure(
          'notFound',
          `There is no refusal code "${written}".${didYouMean(written, Object.keys(refusals))}`,
        );
      }
      const { status, meaning, hint } = found.refusal;
      if (options.output === 'json')
        return writeData(io, JSON.stringify({ code: found.code, status, meaning, hint }, undefined, 2));
      writeFacts(io, [
        ['Code', found.code],
        ['Meaning', meaning],
        ['Mend it', hint],
        ['HTTP status in REST', String(status)],
      ]);
    });
}
