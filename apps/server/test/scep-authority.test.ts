/** What is wrong with the authority that takes over keeps no device from the one that there is. */
import { expect, it } from '@jest/globals';
import { CaError } from '@touchmark/ca';
import type { Issuer } from '@touchmark/ca';
import { frozenClock } from '@touchmark/testkit';
import { CatalogScepAuthority } from '../src/scep-authority.ts';
import type { ScepAuthorityDependencies } from '../src/scep-authority.ts';

const issuing = { authority: { id: 'issuing', name: 'issuing' } } as Issuer;
const next = { authority: { id: 'next', name: 'next' } } as Issuer;

it.each([
  ['is not there', undefined],
  ['has no RA', next],
])('a next authority that %s is none, and is told of once', async (_, found) => {
  const told: unknown[] = [];
  const endpoint = { enabled: true, authorityId: 'issuing', protocolSettings: { nextAuthority: 'next' } };
  const dependencies: Pick<ScepAuthorityDependencies, 'clock' | 'onNextMissing'> & Record<string, unknown> = {
    clock: frozenClock(new Date('2027-03-01T12:00:00Z')),
    catalog: {
      getEndpoint: () => endpoint,
      getIssuer: () => issuing,
      chainOf: () => [],
      findIssuerByName: () => found,
    },
    recipients: {
      find: async () => ({}),
      findRegistrationAuthority: async () => {
        throw new CaError('notReady', 'The key is not to be had.');
      },
    },
    onNextMissing: (error, label) => told.push([(error as CaError).code, label]),
  };
  const authority = new CatalogScepAuthority(dependencies as unknown as ScepAuthorityDependencies);
  expect(await authority.getEndpoint('plc')).toMatchObject({ label: 'plc', enabled: true, next: undefined });
  await authority.getEndpoint('plc');
  expect(told).toEqual([['notReady', 'plc']]);
});
