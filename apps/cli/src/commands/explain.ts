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
      const { showRefusal } = await import('@touchmark/admin-api');
      const { didYouMean, findRefusal, refusalCodes } = await import('@touchmark/ca');
      if (written === undefined) {
        const all = refusalCodes.map(showRefusal);
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
        throw new CliFailure('notFound', `There is no refusal code "${written}".${didYouMean(written, refusalCodes)}`);
      }
      const refusal = showRefusal(found.code);
      if (options.output === 'json') return writeData(io, JSON.stringify(refusal, undefined, 2));
      writeFacts(io, [
        ['Code', refusal.code],
        ['Meaning', refusal.meaning],
        ['Why', refusal.why],
        ['Mend it', refusal.hint],
        ...(refusal.citation === null ? [] : [['See', refusal.citation] as const]),
        ['HTTP status in REST', String(refusal.status)],
      ]);
    });
}
