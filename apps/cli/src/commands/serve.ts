/** `touchmark serve`: the service itself, until it is told to end. */
import type { Command } from 'commander';
import { writeData } from '../io.ts';
import type { Io } from '../io.ts';
import { loadServer, loadSettings, settingOptions } from '../server.ts';

export function addServeCommand(program: Command, io: Io): void {
  settingOptions(program.command('serve').description('run the service on this host')).action(
    async (_options: unknown, command: Command) => {
      const settings = await loadSettings(io, command);
      const { startServer } = await loadServer();
      // Listening from the start on: a signal during the first start ends it as soon as it stands.
      const ended = signalled();
      const server = await startServer(settings);
      writeData(io, server.announcement);
      await ended;
      await server.stop();
      // Everything is closed now; should something still hold the process, it is not worth waiting for.
      setTimeout(() => process.exit(), 2_000).unref();
    },
  );
}

/** The first signal ends gracefully; a second one finds no handler and ends at once. */
function signalled(): Promise<void> {
  return new Promise((resolve) => {
    const end = (): void => {
      process.off('SIGTERM', end).off('SIGINT', end);
      resolve();
    };
    process.on('SIGTERM', end).on('SIGINT', end);
  });
}
