import { describe, expect, it } from '@jest/globals';
import { toHex } from '@touchmark/asn1';
import { createSoftwareSigner, generateKeyPair } from '@touchmark/crypto';
import { createCertificationRequest, parseCertificationRequest } from '@touchmark/x509';
import { requestDigest } from '../src/request-digest.ts';

const { privateKey } = await generateKeyPair('ec-p256');
const signer = createSoftwareSigner(privateKey);
const other = createSoftwareSigner((await generateKeyPair('ec-p256')).privateKey);

async function requestFor(change: Partial<Parameters<typeof createCertificationRequest>[0]> = {}) {
  const subject = [{ attribute: 'commonName' as const, value: 'pump-1' }];
  return parseCertificationRequest(await createCertificationRequest({ subject, signer, ...change }));
}

const digestOf = async (change = {}, caller = 'secret:a', scope = 'endpoint:factory', extra: string[] = []) =>
  toHex(requestDigest(caller, scope, await requestFor(change), extra));

describe('two requests are the same (V3, V5)', () => {
  it('when only signature and challengePassword differ: a client builds them anew when it asks again', async () => {
    const first = await digestOf();
    expect(await digestOf()).toBe(first);
    expect(await digestOf({ challengePassword: 'dGxzLXVuaXF1ZS4u' })).toBe(first);
  });

  it.each([
    ['the caller', {}, 'secret:b', 'endpoint:factory', []],
    ['the endpoint', {}, 'secret:a', 'endpoint:line-2', []],
    ['the key', { signer: other }, 'secret:a', 'endpoint:factory', []],
    [
      'the subject',
      { subject: [{ attribute: 'commonName' as const, value: 'pump-2' }] },
      'secret:a',
      'endpoint:factory',
      [],
    ],
    [
      'the names asked for',
      { subjectAltNames: [{ kind: 'dns' as const, value: 'a.example' }] },
      'secret:a',
      'endpoint:factory',
      [],
    ],
    ['the idempotency key', {}, 'secret:a', 'endpoint:factory', ['k']],
  ])('and not when %s differs', async (_name, change, caller, scope, extra) => {
    expect(await digestOf(change, caller, scope, extra)).not.toBe(await digestOf());
  });

  it('and parts cannot run into one another', async () => {
    expect(await digestOf({}, 'ab', 'c')).not.toBe(await digestOf({}, 'a', 'bc'));
    expect(await digestOf({}, 'a', 'b', ['cd'])).not.toBe(await digestOf({}, 'a', 'b', ['c', 'd']));
  });
});
