/** `@touchmark/store` with an issuance registry that can be held before and after each of its calls. */
import type { IssuanceRegistry } from '@touchmark/ca';
import { openRegistry as open } from '@touchmark/store';
import type { OpenRegistryOptions, Registry, SealedRecord } from '@touchmark/store';
import { hold } from './hold.ts';

export * from '@touchmark/store';

export function openRegistry<Sealed extends SealedRecord = SealedRecord>(
  options: OpenRegistryOptions,
): Registry<Sealed> {
  const registry = open<Sealed>(options);
  return { ...registry, issuance: withHolds(registry.issuance) };
}

function withHolds(registry: IssuanceRegistry): IssuanceRegistry {
  return {
    recordSecretFailure: (...question) => registry.recordSecretFailure(...question),
    recordAttempt: (attempt) => registry.recordAttempt(attempt),
    async findDossier(question) {
      await hold('before-authenticate');
      const dossier = await registry.findDossier(question);
      await hold('before-authorize');
      return dossier;
    },
    async recordIntent(intent, guard) {
      await hold('before-intent');
      const result = await registry.recordIntent(intent, guard);
      await hold('after-intent');
      return result;
    },
    async recordCertificate(record, guard) {
      await hold('before-certificate');
      const result = await registry.recordCertificate(record, guard);
      await hold('after-certificate');
      return result;
    },
  };
}
