/** Changes the passphrase of a registry's keys, and dies at a given point: `node passphrase-changer.ts HOME DATABASE_URL POINT`. */
import { createSoftwareKeyStore } from '@touchmark/keystore';
import type { SealedRecord } from '@touchmark/keystore';
import { openRegistry } from '@touchmark/store';
import { homeAt } from '../../apps/server/src/home.ts';
import { changePassphrase, openSealer } from '../../apps/server/src/key-passphrase.ts';
import { systemAudit } from '../../apps/server/src/system-audit.ts';

const [directory = '', databaseUrl = '', point = ''] = process.argv.slice(2);
const dieAt = (reached: string): void => {
  if (reached === point) process.kill(process.pid, 'SIGKILL');
};

const registry = openRegistry<SealedRecord>({ databaseUrl });
const source = { home: homeAt(directory), configured: undefined };
const sealer = await openSealer(source, registry.sealedKeys);
const keys = createSoftwareKeyStore({ sealer, store: registry.sealedKeys });
const audit = systemAudit({ now: () => new Date() }, 'keys.rewrapped', 'keys');
// For a death at any time: from here on it is worth while.
console.log('changing');
dieAt('at the beginning');
await changePassphrase(
  {
    source,
    keys,
    scryptCost: 2 ** 17,
    commit: async (before, after) => {
      dieAt('before the registry changes');
      await registry.sealedKeys.replaceAll(before, after, audit);
      dieAt('after the registry changed');
    },
  },
  { kind: 'generated' },
);
dieAt('at the end');
await registry.close();
