/** `touchmark attempt replay`: the request of an attempt, judged again; nothing is issued. */
import type { Replay } from '@touchmark/admin-api';
import type { Command } from 'commander';
import { segment } from '../api.ts';
import { apiOf, choice, outputOption } from '../command.ts';
import { outcomeInWords, writeExplanation } from '../explanation.ts';
import { writeData } from '../io.ts';
import type { Io } from '../io.ts';
import { writeFacts, writeTable } from '../output/table.ts';
import { orDash } from '../output/words.ts';

interface ReplayOptions {
  readonly rules: 'now' | 'then';
  readonly caller: 'then' | 'fresh';
  readonly output: 'table' | 'json';
}

export function addReplayCommand(attempt: Command, io: Io): void {
  attempt
    .command('replay')
    .description('what would become of the request of an attempt now; nothing is issued')
    .argument('<id>')
    .addOption(
      choice('--rules <which>', 'by the version of the profile in force now, or by that of then', [
        'now',
        'then',
      ]).default('now'),
    )
    .addOption(
      choice('--caller <who>', 'with the credential of then as it is now, or as the device with a fresh secret', [
        'then',
        'fresh',
      ]).default('then'),
    )
    .addOption(outputOption(['table', 'json']))
    .action(async (id: string, { rules, caller, output }: ReplayOptions, command: Command) => {
      const replay = await apiOf(io, command).post<Replay>(`/attempts/${segment(id)}/replay`, { rules, caller });
      if (output === 'json') return writeData(io, JSON.stringify(replay, undefined, 2));
      writeReplay(io, replay);
    });
}

function writeReplay(io: Io, { attempt, changed, explanation, differences }: Replay): void {
  writeFacts(io, [
    ['Attempt', attempt.id],
    ['Then', `${attempt.at}: ${attempt.outcome}${attempt.code === null ? '' : `, ${attempt.code}`}`],
    ['Now', { text: outcomeInWords(explanation), style: changed ? 'yellow' : undefined }],
    ['Changed', changed ? 'yes' : 'no'],
  ]);
  if (differences.length > 0) {
    writeData(io, '');
    writeTable(
      io,
      ['IN THE CERTIFICATE', 'THEN', 'NOW'],
      differences.map(({ field, then, now }) => [{ text: field }, { text: orDash(then) }, { text: orDash(now) }]),
    );
  }
  writeData(io, '');
  writeExplanation(io, explanation);
}
