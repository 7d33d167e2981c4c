/** Every algorithm as that of an issuing CA, and hierarchies of several: enroll, renew, chain, CRL and OCSP. */
import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { encodePem } from '@touchmark/asn1';
import { findSignatureAlgorithm, parsePublicKey } from '@touchmark/crypto';
import { buildCertificationRequest } from '@touchmark/testkit';
import type { Certificate } from '@touchmark/x509';
import { Administrator } from '../support/administrator.ts';
import { askEst, certificateIn, certificatesIn, enrollDevice } from '../support/est-request.ts';
import { askVerdict, ocspQuestion } from '../support/ocsp-question.ts';
import { program } from '../support/programs.ts';
import { fetchCrl, fetchResponder, isChain } from '../support/published-status.ts';
import { eventually, run } from '../support/run.ts';
import { startTouchmark } from '../support/touchmark.ts';
import type { Touchmark } from '../support/touchmark.ts';

let touchmark: Touchmark;
let admin: Administrator;

beforeAll(async () => {
  touchmark = await startTouchmark();
  admin = new Administrator(touchmark);
  await admin.createAuthority({
    name: 'quantum-root',
    subject: 'CN=Quantum Root CA,O=Example',
    keyAlgorithm: 'ml-dsa-87',
  });
  await admin.createAuthority({
    name: 'rsa-root',
    subject: 'CN=RSA Root CA,O=Example',
    keyAlgorithm: 'rsa-3072',
    signatureAlgorithm: 'id-RSASSA-PSS-SHA384',
  });
  await admin.createAuthority({ name: 'ed-root', subject: 'CN=Ed25519 Root CA', keyAlgorithm: 'ed25519' });
  await admin.createAuthority({
    name: 'policy',
    issuer: 'ed-root',
    subject: 'CN=Policy CA,O=Example',
    keyAlgorithm: 'ec-p521',
    pathLength: 1,
  });
}, 120_000);

afterAll(async () => {
  admin?.close();
  await touchmark?.dispose();
});

interface Row {
  readonly keyAlgorithm: string;
  /** Undefined: the default of the key. */
  readonly signatureAlgorithm?: string;
  readonly issuer?: string;
  /** What the certificates then are signed with. */
  readonly signs: string;
}

const table: readonly Row[] = [
  { keyAlgorithm: 'ec-p256', signs: 'ecdsa-with-SHA256' },
  { keyAlgorithm: 'ec-p384', signs: 'ecdsa-with-SHA384' },
  { keyAlgorithm: 'ec-p521', signs: 'ecdsa-with-SHA512' },
  { keyAlgorithm: 'ec-p256', signatureAlgorithm: 'ecdsa-with-SHA512', signs: 'ecdsa-with-SHA512' },
  { keyAlgorithm: 'rsa-2048', signs: 'sha256WithRSAEncryption' },
  { keyAlgorithm: 'rsa-3072', signatureAlgorithm: 'sha384WithRSAEncryption', signs: 'sha384WithRSAEncryption' },
  { keyAlgorithm: 'rsa-4096', signatureAlgorithm: 'sha512WithRSAEncryption', signs: 'sha512WithRSAEncryption' },
  { keyAlgorithm: 'rsa-2048', signatureAlgorithm: 'id-RSASSA-PSS-SHA256', signs: 'id-RSASSA-PSS-SHA256' },
  { keyAlgorithm: 'rsa-2048', signatureAlgorithm: 'id-RSASSA-PSS-SHA512', signs: 'id-RSASSA-PSS-SHA512' },
  { keyAlgorithm: 'ed25519', signs: 'id-Ed25519' },
  { keyAlgorithm: 'ml-dsa-44', signs: 'id-ml-dsa-44' },
  { keyAlgorithm: 'ml-dsa-65', signs: 'id-ml-dsa-65' },
  { keyAlgorithm: 'ml-dsa-87', signs: 'id-ml-dsa-87' },
  { keyAlgorithm: 'ec-p256', issuer: 'quantum-root', signs: 'ecdsa-with-SHA256' },
  { keyAlgorithm: 'ed25519', issuer: 'rsa-root', signs: 'id-Ed25519' },
  { keyAlgorithm: 'ml-dsa-65', issuer: 'policy', signs: 'id-ml-dsa-65' },
];

const rows = table.map((row, index) => {
  const title = `${row.signatureAlgorithm ?? row.keyAlgorithm} on ${row.keyAlgorithm} below ${row.issuer ?? 'root'}`;
  return [title, { ...row, issuer: row.issuer ?? 'root', name: `ca-${index}` }] as const;
});

type NamedRow = (typeof rows)[number][1];

/** All at once, since most of the time is spent waiting for CRLs; each test then tells of its own. */
const lives = new Map<string, Promise<void>>();

beforeAll(() => {
  for (const [title, row] of rows) {
    const life = live(row);
    life.catch(() => undefined);
    lives.set(title, life);
  }
});

describe('an authority enrolls and renews devices; chain, CRL and OCSP verify:', () => {
  it.each(rows)('%s', async (title) => lives.get(title), 120_000);
});

async function live({ name, issuer, keyAlgorithm, signatureAlgorithm, signs }: NamedRow): Promise<void> {
  const authority = await admin.createAuthority({
    name,
    issuer,
    subject: `CN=Issuing CA ${name},O=Example`,
    keyAlgorithm,
    ...(signatureAlgorithm !== undefined && { signatureAlgorithm }),
  });
  expect(authority).toMatchObject({ keyAlgorithm, signatureAlgorithm: signs, pathLength: 0, state: 'active' });
  await admin.createEndpoint(name, name);

  // EST: the chain of this label, a first certificate, and its renewal by it.
  const chain = certificatesIn(await askEst(touchmark, { method: 'GET', operation: 'cacerts', label: name }));
  const { secret } = await admin.createSecret({ label: name });
  const device = await enrollDevice(touchmark, secret, { label: name });
  const { certificationRequestDer } = await buildCertificationRequest({ commonName: device.name });
  const renewal = await askEst(touchmark, {
    operation: 'simplereenroll',
    label: name,
    client: device,
    body: certificationRequestDer,
  });
  const leaf = certificateIn(renewal);
  expect(findSignatureAlgorithm(leaf.signatureAlgorithmDer)?.name).toBe(signs);
  expect(isChain([leaf, ...chain])).toBe(true);

  // The CRL is there within seconds, and the certificate on it after its revocation.
  const [own] = chain;
  const publicUrl = touchmark.firstRun.publicUrl;
  const crl = () => fetchCrl(`${publicUrl}/pki/${name}.crl`, own!);
  const first = await eventually('the first CRL', 20, crl);
  expect(findSignatureAlgorithm(first.signatureAlgorithmDer)?.name).toBe(signs);
  const question = ocspQuestion(leaf.der, own!.der);
  const ocspUrl = `${publicUrl}/ocsp/${name}`;
  expect(await askVerdict(ocspUrl, question)).toBe('good');
  const responder = await fetchResponder(ocspUrl, question.requestDer, own!);
  expect(parsePublicKey(responder.subjectPublicKeyInfoDer).kind).toBe(
    parsePublicKey(own!.subjectPublicKeyInfoDer).kind,
  );
  await verifyWithOpenssl(name, leaf, chain);

  await admin.revoke(leaf.serialNumberHex, 'superseded');
  expect(await askVerdict(ocspUrl, question)).toBe('revoked');
  await fetchResponder(ocspUrl, question.requestDer, own!);
  await eventually('the revocation in the CRL', 20, async () =>
    (await crl())?.tbsCertListDer.length === first.tbsCertListDer.length ? undefined : true,
  );
}

/** OpenSSL before 3.5 knows no ML-DSA: the chains that it cannot read were verified by Node's own cryptography above. */
async function verifyWithOpenssl(name: string, leaf: Certificate, chain: readonly Certificate[]): Promise<void> {
  const openssl = program('openssl');
  const unknown = [leaf, ...chain].some(({ signatureAlgorithmDer }) =>
    findSignatureAlgorithm(signatureAlgorithmDer)?.name.startsWith('id-ml-dsa'),
  );
  if (openssl === undefined || unknown) return;
  const directory = join(touchmark.home, name);
  mkdirSync(directory);
  const write = (file: string, content: string): string => {
    writeFileSync(join(directory, file), content);
    return join(directory, file);
  };
  const pem = (certificate: Certificate): string => encodePem('CERTIFICATE', certificate.der);
  const crls = await (await fetch(`${touchmark.firstRun.publicUrl}/pki/${name}/crl-chain.pem`)).text();
  const files = {
    leaf: write('leaf.pem', pem(leaf)),
    root: write('root.pem', pem(chain.at(-1)!)),
    issuer: write('issuer.pem', pem(chain[0]!)),
    untrusted: write('untrusted.pem', chain.map(pem).join('')),
    crls: write('crls.pem', crls),
  };
  const path = ['-CAfile', files.root, '-untrusted', files.untrusted];
  const strict = ['-x509_strict', '-purpose', 'sslclient', '-crl_check_all', '-CRLfile', files.crls];
  const verified = await run(openssl, ['verify', ...path, ...strict, files.leaf]);
  expect([verified.code, verified.stderr]).toEqual([0, '']);

  const ocsp = ['-issuer', files.issuer, '-cert', files.leaf, '-url', `${touchmark.firstRun.publicUrl}/ocsp/${name}`];
  const answered = await run(openssl, ['ocsp', ...ocsp, '-CAfile', files.root, '-verify_other', files.untrusted]);
  expect(answered.stderr).toContain('Response verify OK');
  expect(answered.stdout).toContain(': good');
}
