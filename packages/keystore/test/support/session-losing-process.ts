/** A module process whose sessions are all closed behind its back on SIGUSR2, as a token that restarts does it. */
import { loadCryptokiModule } from '../../src/pkcs11/cryptoki-module.ts';
import type { CryptokiModule } from '../../src/pkcs11/cryptoki-module.ts';
import { serveTokenHost } from '../../src/pkcs11/serve-token-host.ts';
import { createTokenHost } from '../../src/pkcs11/token-host.ts';

const modules: CryptokiModule[] = [];

serveTokenHost(
  createTokenHost(async (path) => {
    const module = await loadCryptokiModule(path);
    modules.push(module);
    return module;
  }),
);

process.on('SIGUSR2', () => {
  void (async () => {
    for (const module of modules) {
      for (const { slotId } of await module.listTokens()) await module.closeAllSessions(slotId);
    }
  })();
});
