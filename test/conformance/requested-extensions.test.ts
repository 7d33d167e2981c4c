/** What a request asks for does not reach the certificate: dropped with a warning, unless the profile refuses it. */
import { describe, expect, it } from '@jest/globals';
import { der } from '@touchmark/asn1';
import { encodeExtension, extension, parseCertificate } from '@touchmark/x509';
import { craftRequest, extensionRequest } from '../support/crafted-request.ts';
import { createWorld } from '../support/enrollment-world.ts';

/** Each with the word that the warning has of it. */
const wishes: readonly (readonly [name: string, extensionDer: Uint8Array, warning: RegExp])[] = [
  ['CA:TRUE', extension.basicConstraints({ cA: true }), /cA TRUE/],
  ['keyCertSign and cRLSign', extension.keyUsage(['keyCertSign', 'cRLSign']), /keyCertSign, cRLSign/],
  ['another keyUsage', extension.keyUsage(['nonRepudiation']), /nonRepudiation/],
  ['foreign key purposes', extension.extendedKeyUsage(['1.3.6.1.5.5.7.3.1', '2.5.29.37.0']), /serverAuth.*anyExtended/],
  [
    'policies',
    encodeExtension('2.5.29.32', false, der.sequence(der.sequence(der.oid('1.2.3')))),
    /certificatePolicies/,
  ],
  ['name constraints', encodeExtension('2.5.29.30', true, der.sequence()), /nameConstraints/],
  ['ocsp-nocheck', extension.ocspNoCheck(), /ocsp-nocheck/],
  ['a subjectKeyIdentifier of its own', extension.subjectKeyIdentifier(new Uint8Array(20)), /subjectKeyIdentifier/],
  ['a CRL of its own', extension.crlDistributionPoints(['http://evil.example/x.crl']), /cRLDistributionPoints/],
  ['an extension that nobody knows', encodeExtension('1.2.3.4', false, der.null()), /1\.2\.3\.4/],
];

async function extensionsWith(...extensionsDer: readonly Uint8Array[]) {
  const world = await createWorld();
  const attributes = extensionsDer.length === 0 ? [] : [extensionRequest(...extensionsDer)];
  const outcome = await world.enroll(await craftRequest({ attributes }));
  const [certificate] = world.issued;
  if (outcome.kind !== 'issued' || certificate === undefined) throw new Error('It was not issued.');
  return parseCertificate(certificate.certificateDer).extensions;
}

const hexOf = (extensions: Awaited<ReturnType<typeof extensionsWith>>): string[] =>
  extensions.map((one) => Buffer.from(one.der).toString('hex'));

describe('a wish for', () => {
  it.each(wishes)('%s is dropped with a warning', async (_, extensionDer, warning) => {
    const world = await createWorld();
    const outcome = await world.enroll(await craftRequest({ attributes: [extensionRequest(extensionDer)] }));
    const [certificate] = world.issued;
    if (outcome.kind !== 'issued' || certificate === undefined) throw new Error('It was not issued.');
    const { extensions } = parseCertificate(certificate.certificateDer);
    expect(hexOf(extensions)).toEqual(hexOf(await extensionsWith()));
    const { attempt } = world.records[0] ?? {};
    const warned = attempt?.steps.filter((step) => step.warning === true).map(({ note }) => note);
    expect(warned).toEqual([expect.stringMatching(warning)]);
  });

  it('what the profile gives anyway is no matter for a warning', async () => {
    const world = await createWorld();
    const asked = [extension.extendedKeyUsage(['1.3.6.1.5.5.7.3.2']), extension.basicConstraints({ cA: false })];
    await world.enroll(await craftRequest({ attributes: [extensionRequest(...asked)] }));
    expect(world.records[0]?.attempt.steps.filter((step) => step.warning === true)).toEqual([]);
  });
});
