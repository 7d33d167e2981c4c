/** A responder with some certificates to ask about. */
import type { RevocationReason } from '@touchmark/ca';
import { createOcspResponder } from '../../src/index.ts';
import type { OcspResponder, OcspResponderOptions } from '../../src/index.ts';
import type { Identity } from './pki.ts';
import { certifyAuthority, certifyResponder, frozenNow } from './pki.ts';
import { MemoryStatuses } from './statuses.ts';

export interface Fixture {
  readonly root: Identity;
  readonly issuing: Identity;
  readonly delegate: Identity;
  readonly statuses: MemoryStatuses;
  readonly clock: { time: Date; now(): Date };
  readonly errors: unknown[];
  /** Signatures made by the delegated responder. */
  readonly signatures: () => number;
  readonly responder: OcspResponder;
}

export const authorityId = 'issuing-id';
export const good = Uint8Array.of(0x51, 1);
export const never = Uint8Array.of(0x51, 0x7f);
export const revokedAt = new Date('2031-02-03T04:05:06Z');
export const revokedWith: readonly [Uint8Array, RevocationReason, number | undefined][] = [
  [Uint8Array.of(0x52, 0), 'unspecified', undefined],
  [Uint8Array.of(0x52, 1), 'keyCompromise', 1],
  [Uint8Array.of(0x52, 2), 'cACompromise', 2],
  [Uint8Array.of(0x52, 3), 'affiliationChanged', 3],
  [Uint8Array.of(0x52, 4), 'superseded', 4],
  [Uint8Array.of(0x52, 5), 'cessationOfOperation', 5],
  [Uint8Array.of(0x52, 6), 'certificateHold', 6],
  [Uint8Array.of(0x52, 9), 'privilegeWithdrawn', 9],
  [Uint8Array.of(0x52, 10), 'aACompromise', 10],
];

export async function createFixture(overrides: Partial<OcspResponderOptions> = {}): Promise<Fixture> {
  const root = await certifyAuthority('Root');
  const issuing = await certifyAuthority('Issuing CA', root);
  const delegate = await certifyResponder(issuing);
  const statuses = new MemoryStatuses();
  statuses.issue(authorityId, good);
  for (const [serial, reason] of revokedWith) {
    statuses.issue(authorityId, serial);
    statuses.revoke(authorityId, serial, reason, revokedAt);
  }
  const clock = { time: frozenNow, now: () => clock.time };
  const errors: unknown[] = [];
  let signatures = 0;
  const signer = {
    ...delegate.signer,
    sign: (data: Uint8Array) => {
      signatures++;
      return delegate.signer.sign(data);
    },
  };
  const responder = createOcspResponder({
    authority: { id: authorityId, certificateDer: issuing.certificateDer },
    statuses,
    responder: () => ({ signer, certificateDer: delegate.certificateDer }),
    clock,
    onError: (error) => errors.push(error),
    ...overrides,
  });
  return { root, issuing, delegate, statuses, clock, errors, signatures: () => signatures, responder };
}
