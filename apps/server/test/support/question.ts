/** Questions about challenges as the issuance cycle asks them, and keys sealed as the service seals them. */
import { CaError, plainEndpoint, ProfileRules, readyProfiles } from '@touchmark/ca';
import type { ChallengeKind, ChallengeQuestion, CaErrorCode } from '@touchmark/ca';
import { createKeySealer, createSoftwareKeyStore } from '@touchmark/keystore';
import type { SoftwareKeyStore } from '@touchmark/keystore';
import { createMemoryStore } from '../../../../packages/keystore/test/memory-store.ts';

const profile = { name: 'device', version: 1, rules: ProfileRules.parse(readyProfiles.device) };

export function questionAt(
  kind: ChallengeKind,
  settings: Readonly<Record<string, unknown>>,
  fields: Partial<ChallengeQuestion> & { readonly label?: string } = {},
): ChallengeQuestion {
  const { label = 'factory', ...others } = fields;
  return {
    endpoint: {
      ...plainEndpoint,
      label,
      protocol: 'scep',
      authorityId: 'issuing',
      profile,
      acceptsSecret: true,
      acceptsCertificate: true,
      challenge: { kind, settings },
      enabled: true,
      revision: 1,
    },
    challenge: 'not the right one',
    deviceId: 'device-0042',
    requestDer: Uint8Array.of(0x30, 0x03, 0x02, 0x01, 0x00),
    transactionId: 'C0FFEE',
    remoteAddress: '192.0.2.7',
    attemptId: '01890a5d-ac96-774b-bcce-b302099a8057',
    ...others,
  };
}

export function newSecretStore(): SoftwareKeyStore {
  return createSoftwareKeyStore({ sealer: createKeySealer('a passphrase of tests'), store: createMemoryStore() });
}

/** The code of the refusal, or what happened instead. */
export async function codeOf(work: Promise<unknown>): Promise<CaErrorCode | 'nothing was refused'> {
  try {
    await work;
    return 'nothing was refused';
  } catch (error) {
    if (error instanceof CaError) return error.code;
    throw error;
  }
}
