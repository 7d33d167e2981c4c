/** Callers that prove nothing fill no registry. */
import { expect, it } from '@jest/globals';
import { buildCertificationRequest } from '@touchmark/testkit';
import { createWorld, wrongSecret } from '../support/enrollment-world.ts';

it('a thousand refusals of one address are written down, with short names; the others are told and forgotten', async () => {
  const world = await createWorld();
  const { certificationRequestDer } = await buildCertificationRequest({
    commonName: 'n'.repeat(64),
    subjectAltNames: Array.from({ length: 64 }, (_, at) => ({ kind: 'dns', value: `${'a'.repeat(60)}${at}.example` })),
  });
  const credentials = { password: { userName: '', value: wrongSecret }, certificateDer: undefined };
  for (let count = 0; count < 1010; count++) {
    const outcome = await world.enroll(certificationRequestDer, { credentials });
    expect(outcome).toMatchObject({ kind: 'refused', error: { code: 'secretWrong' } });
  }
  expect(world.attempts.length).toBeGreaterThanOrEqual(1000);
  // One more for each second that it took.
  expect(world.attempts.length).toBeLessThan(1010);
  for (const { asked, requestDer } of world.attempts) {
    expect(requestDer).toBeUndefined();
    expect(JSON.stringify(asked).length).toBeLessThan(600);
  }
  await world.enroll(certificationRequestDer, { credentials, remoteAddress: '192.0.2.8' });
  expect(world.attempts.at(-1)).toMatchObject({ remoteAddress: '192.0.2.8', asked: { subjectAltNameCount: 64 } });
}, 60_000);
