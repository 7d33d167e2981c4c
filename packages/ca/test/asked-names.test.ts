import { expect, it } from '@jest/globals';
import { createSoftwareSigner, generateKeyPair } from '@touchmark/crypto';
import { buildCertificationRequest } from '@touchmark/testkit';
import { createCertificationRequest } from '@touchmark/x509';
import type { GeneralName, NameAttribute } from '@touchmark/x509';
import { askedNames } from '../src/index.ts';

const { privateKey } = await generateKeyPair('ec-p256');
const requestFor = (subject: readonly NameAttribute[], subjectAltNames: readonly GeneralName[] = []) =>
  createCertificationRequest({ subject, subjectAltNames, signer: createSoftwareSigner(privateKey) });
const named = (value: string): readonly NameAttribute[] => [
  { attribute: 'organizationName', value: 'Pumps, Inc.' },
  { attribute: 'commonName', value },
];

it('has the subject as RFC 4514 writes it, and the first names with their number', async () => {
  const names = Array.from({ length: 9 }, (_, at): GeneralName => ({ kind: 'dns', value: `pump-${at}.example.com` }));
  expect(askedNames(await requestFor(named('pump-17'), names))).toEqual({
    subject: 'CN=pump-17,O=Pumps\\, Inc.',
    subjectAltNames: [
      'dns:pump-0.example.com',
      'dns:pump-1.example.com',
      'dns:pump-2.example.com',
      'dns:pump-3.example.com',
    ],
    subjectAltNameCount: 9,
  });
});

it('has nothing that moves the cursor or turns the text around', async () => {
  const asked = askedNames(
    await requestFor(named('\u001b[2J\u202epump'), [{ kind: 'uri', value: 'urn:x\u001b[1m\r\n' }]),
  );
  expect(asked?.subject).toBe('CN=\\1b[2J\\e2\\80\\aepump,O=Pumps\\, Inc.');
  expect(asked?.subjectAltNames).toEqual(['uri:urn:x\\1b[1m\\0d\\0a']);
});

it('is short, however long the names are', async () => {
  const subject = Array.from({ length: 40 }, (): NameAttribute => ({
    attribute: 'organizationalUnitName',
    value: 'u'.repeat(64),
  }));
  const asked = askedNames(await requestFor(subject, [{ kind: 'uri', value: `urn:${'x'.repeat(5000)}` }]));
  expect(asked?.subject).toHaveLength(200);
  expect(asked?.subjectAltNames.map(({ length }) => length)).toEqual([80]);
  expect(JSON.stringify(asked).length).toBeLessThan(1000);
});

it.each([1, 2])('is well-formed wherever it is cut: after %i characters of one unit', async (units) => {
  const values = ['\u{1f600}'.repeat(64), '\u{1f600}'.repeat(64), 'x'.repeat(units)];
  const subject = values.map((value): NameAttribute => ({ attribute: 'organizationalUnitName', value }));
  const asked = askedNames(await requestFor(subject));
  expect(asked?.subject).toMatch(/\u{1f600}…$/u);
  expect(asked?.subject.isWellFormed()).toBe(true);
  expect(asked?.subject).toHaveLength(198 + units);
});

it('has the subject alone of a request whose rest cannot be read', async () => {
  const request = await requestFor(named('pump-18'), [{ kind: 'dns', value: 'pump-18.example.com' }]);
  const broken = Uint8Array.from(request);
  // After the type of the attribute, pkcs-9-at-extensionRequest, comes a SET; here it is a SEQUENCE.
  const values = Buffer.from(request).indexOf(Buffer.from('2a864886f70d01090e', 'hex')) + 9;
  expect(broken[values]).toBe(0x31);
  broken[values] = 0x30;
  expect(askedNames(broken)).toEqual({
    subject: 'CN=pump-18,O=Pumps\\, Inc.',
    subjectAltNames: [],
    subjectAltNameCount: 0,
  });
});

it('is nothing of what is no request, a private key least of all', () => {
  expect(askedNames(new Uint8Array())).toBeUndefined();
  expect(askedNames(privateKey.export({ format: 'der', type: 'pkcs8' }))).toBeUndefined();
  expect(askedNames(privateKey.export({ format: 'der', type: 'sec1' }))).toBeUndefined();
});

it('has no challengePassword', async () => {
  const { certificationRequestDer } = await buildCertificationRequest({
    commonName: 'pump-19',
    challengePassword: 'open sesame',
  });
  expect(JSON.stringify(askedNames(certificationRequestDer))).not.toContain('sesame');
});
