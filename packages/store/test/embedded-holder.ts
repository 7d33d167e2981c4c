/** A process that owns a home until it is told to stop, or killed: `node embedded-holder.ts HOME`. */
import { EmbeddedPostgres } from '../src/embedded-postgres.ts';

const server = await EmbeddedPostgres.start({ home: process.argv[2] ?? '' }).catch((error: unknown) => {
  console.log(JSON.stringify({ error: error instanceof Error ? error.name : 'unknown' }));
  process.exit(3);
});
const staying = setInterval(() => undefined, 1000);
process.once('SIGTERM', () => {
  clearInterval(staying);
  void server.stop();
});
console.log(JSON.stringify({ databaseUrl: server.databaseUrl, serverPid: server.serverPid }));
