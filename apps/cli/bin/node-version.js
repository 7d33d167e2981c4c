/**
 * Ends the process with one sentence where Node is too old for the sources, which it would only show in a stack trace.
 * Plain JavaScript that old versions can read, and imported before anything else.
 */
const oldest = 24;

if (Number(process.versions.node.split('.')[0]) < oldest) {
  process.stderr.write(
    `error: Touchmark needs Node ${oldest} or later, and this is ${process.version}.\n` +
      `hint: In the checkout "npx pnpm touchmark …" and "npx pnpm start" run it with the Node ${oldest} that comes with its dependencies.\n`,
  );
  process.exit(1);
}
