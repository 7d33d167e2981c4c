/** End of a run of the tests: removes what its processes shared. */
import { rmSync } from 'node:fs';

export default function tearDown(): void {
  const directory = process.env.TEST_RUN_DIRECTORY;
  if (directory !== undefined) rmSync(directory, { recursive: true, force: true });
}
