import { afterEach, beforeAll, beforeEach, describe, expect, it } from '@jest/globals';
import { concatBytes, encodePem } from '@touchmark/asn1';
import { createTestAuthority } from '@touchmark/testkit';
import type { TestAuthority, TestLeaf } from '@touchmark/testkit';
import { extension } from '@touchmark/x509';
import { createRevocationChecker } from '../src/index.ts';
import type { RevocationChecker, RevocationCheckerOptions, StaleEvent } from '../src/index.ts';
import { hour, signCrl } from './support/crl.ts';
import type { TestCrl } from './support/crl.ts';
import { StatusServer } from './support/status-server.ts';

let authority: TestAuthority;
let device: TestLeaf;
let server: StatusServer;
let checker: RevocationChecker | undefined;
let stale: StaleEvent[];
const clock = { now: () => new Date(Date.now() + clock.offset), offset: 0 };

beforeAll(async () => {
  authority = await createTestAuthority();
  device = await authority.issue();
});
beforeEach(async () => {
  server = await StatusServer.start();
  stale = [];
  clock.offset = 0;
});
afterEach(async () => {
  checker?.close();
  await server.close();
});

function create(options: Partial<RevocationCheckerOptions> = {}): RevocationChecker {
  checker = createRevocationChecker({
    roots: authority.chainPem,
    ...(options.crlChainUrl === undefined && options.crlUrls === undefined
      ? { crlUrls: [server.url('/issuing.crl')] }
      : {}),
    onStale: (event) => stale.push(event),
    now: clock.now,
    ...options,
  });
  return checker;
}

async function serveCrl(crl: TestCrl = {}, headers: Record<string, string> = {}): Promise<void> {
  server.serve('/issuing.crl', { headers, body: await signCrl(authority.issuing, crl) });
}

const serialOf = (leaf: TestLeaf): Uint8Array => leaf.certificate.serialNumber;

describe('what CRLs say', () => {
  it('good, when a current CRL of the issuer has nothing against it', async () => {
    await serveCrl({ revoked: [[Uint8Array.of(1), 'keyCompromise']] });
    expect(await create().check(device.certificate)).toEqual({ kind: 'good' });
    expect(stale).toEqual([]);
  });

  it.each(['keyCompromise', 'unspecified', 'certificateHold'] as const)('revoked (%s)', async (reason) => {
    await serveCrl({ revoked: [[serialOf(device), reason]] });
    expect(await create().check(device.certificate)).toMatchObject({ kind: 'revoked', reason });
  });

  it('a later CRL is taken at the next refresh, and fetched with its ETag only', async () => {
    await serveCrl({}, { ETag: '"1"' });
    const created = create();
    expect(await created.check(device.certificate)).toEqual({ kind: 'good' });
    await created.refresh();
    expect(server.requests.map(({ status }) => status)).toEqual([200, 304]);
    await serveCrl({ number: 2n, revoked: [[serialOf(device), 'keyCompromise']] }, { ETag: '"2"' });
    await created.refresh();
    expect(await created.check(device.certificate)).toMatchObject({ kind: 'revoked' });
  });

  it('a hold ends with the CRL that no longer has it', async () => {
    await serveCrl({ revoked: [[serialOf(device), 'certificateHold']] });
    const created = create();
    expect(await created.check(device.certificate)).toMatchObject({ kind: 'revoked' });
    await serveCrl({ number: 2n });
    await created.refresh();
    expect(await created.check(device.certificate)).toEqual({ kind: 'good' });
  });

  it('is refreshed by itself, on time', async () => {
    await serveCrl();
    const created = create({ refreshSeconds: 1 });
    expect(await created.check(device.certificate)).toEqual({ kind: 'good' });
    await serveCrl({ number: 2n, revoked: [[serialOf(device), 'keyCompromise']] });
    const deadline = Date.now() + 5000;
    let verdict = await created.check(device.certificate);
    while (verdict.kind === 'good' && Date.now() < deadline) {
      await new Promise((resolve) => setTimeout(resolve, 50));
      verdict = await created.check(device.certificate);
    }
    expect(verdict.kind).toBe('revoked');
  });
});

describe('fails closed', () => {
  const unusable: readonly [string, () => Promise<void>][] = [
    ['the server is broken', async () => server.serve('/issuing.crl', { status: 500, body: '' })],
    ['there is no CRL', async () => undefined],
    [
      'the URL redirects to a login page',
      async () => server.serve('/issuing.crl', { status: 302, headers: { Location: '/login' }, body: '' }),
    ],
    ['a login page comes with 200', async () => server.serve('/issuing.crl', { body: '<html>Please log in</html>' })],
    [
      'the CRL is past its nextUpdate',
      () => serveCrl({ thisUpdate: new Date(Date.now() - 8 * 24 * hour), nextUpdate: new Date(Date.now() - 1000) }),
    ],
    ['the CRL is from the future', () => serveCrl({ thisUpdate: new Date(Date.now() + hour) })],
    ['the CRL is signed by somebody else', async () => serveCrl({ signedBy: (await createTestAuthority()).issuing })],
    [
      'the CRL is of the same name but another key, unknown to us',
      async () => {
        server.serve('/issuing.crl', { body: await signCrl((await createTestAuthority()).issuing) });
      },
    ],
    [
      'the CRL is for another distribution point',
      () =>
        serveCrl({ extensionsDer: [extension.issuingDistributionPoint({ urls: ['http://ca.example/other.crl'] })] }),
    ],
    [
      'the CRL is for CA certificates only',
      () => serveCrl({ extensionsDer: [extension.issuingDistributionPoint({ urls: [], onlyContainsCACerts: true })] }),
    ],
    [
      'the CRL has some reasons only',
      () =>
        serveCrl({
          extensionsDer: [extension.issuingDistributionPoint({ urls: [], onlySomeReasons: ['keyCompromise'] })],
        }),
    ],
    ['the CRL is a delta', () => serveCrl({ extensionsDer: [extension.deltaCrlIndicator(1n)] })],
    [
      'octets follow the CRL',
      async () => {
        server.serve('/issuing.crl', { body: concatBytes(await signCrl(authority.issuing), Uint8Array.of(0)) });
      },
    ],
  ];
  it.each(unusable)('when %s', async (_, arrange) => {
    await arrange();
    const verdict = await create().check(device.certificate);
    expect(verdict.kind).toBe('unavailable');
  });

  it('when nobody listens', async () => {
    const created = create({ crlUrls: ['http://127.0.0.1:9/issuing.crl'] });
    expect((await created.check(device.certificate)).kind).toBe('unavailable');
    expect(stale).toHaveLength(1);
  });

  it('when the CRL runs out and cannot be renewed; says so before, with the time that is left', async () => {
    await serveCrl();
    const created = create();
    expect(await created.check(device.certificate)).toEqual({ kind: 'good' });
    server.remove('/issuing.crl');
    await created.refresh();
    expect(await created.check(device.certificate)).toEqual({ kind: 'good' });
    expect(stale).toEqual([
      { url: server.url('/issuing.crl'), message: 'HTTP status 404', currentUntil: expect.any(Date) },
    ]);
    clock.offset = 25 * hour;
    expect((await created.check(device.certificate)).kind).toBe('unavailable');
    await created.refresh();
    expect(stale[1]?.currentUntil).toBeUndefined();
  });

  it('and what was revoked for good stays revoked, even by a CRL that has run out', async () => {
    await serveCrl({ revoked: [[serialOf(device), 'keyCompromise']] });
    const created = create();
    await created.check(device.certificate);
    clock.offset = 25 * hour;
    expect((await created.check(device.certificate)).kind).toBe('revoked');
  });

  it('against an older CRL played back: the newer one stays', async () => {
    await serveCrl({ number: 2n, revoked: [[serialOf(device), 'keyCompromise']] });
    const created = create();
    await created.check(device.certificate);
    await serveCrl({ number: 1n });
    await created.refresh();
    expect((await created.check(device.certificate)).kind).toBe('revoked');
  });

  it('for a certificate of a CA that is not trusted', async () => {
    await serveCrl();
    const foreign = await (await createTestAuthority({ name: 'Foreign' })).issue();
    expect(await create().check(foreign.certificate)).toMatchObject({ kind: 'unavailable' });
  });
});

describe('several CRLs', () => {
  it('each shard speaks for the certificates with its URL', async () => {
    const urls = [0, 1].map((shard) => `http://ca.example/pki/issuing/${shard}.crl`);
    const devices = await Promise.all(urls.map((url) => authority.issue({ crlUrls: [url] })));
    for (const [shard, url] of urls.entries()) {
      const revoked = devices.map((leaf) => [serialOf(leaf), 'keyCompromise'] as const).slice(shard, shard + 1);
      server.serve(`/${shard}.crl`, {
        body: await signCrl(authority.issuing, {
          number: BigInt(10 - shard),
          revoked: shard === 0 ? revoked : [],
          extensionsDer: [extension.issuingDistributionPoint({ urls: [url] })],
        }),
      });
    }
    const created = create({ crlUrls: [server.url('/0.crl'), server.url('/1.crl')] });
    const [first, second] = devices;
    if (first === undefined || second === undefined) throw new Error('no devices');
    expect((await created.check(first.certificate)).kind).toBe('revoked');
    expect((await created.check(second.certificate)).kind).toBe('good');
  });

  const serveChain = async (issuing: TestCrl, root: TestCrl | undefined): Promise<void> => {
    const crls = [
      await signCrl(authority.issuing, issuing),
      ...(root === undefined ? [] : [await signCrl(authority.root, root)]),
    ];
    server.serve('/chain.pem', { body: crls.map((crl) => encodePem('X509 CRL', crl)).join('') });
  };

  it('crlChainUrl: every CA of the chain must be covered', async () => {
    await serveChain({}, {});
    const created = create({ crlChainUrl: server.url('/chain.pem') });
    expect(await created.check(device.certificate)).toEqual({ kind: 'good' });
    await serveChain(
      { number: 2n },
      { number: 2n, revoked: [[authority.issuing.certificate.serialNumber, 'cACompromise']] },
    );
    await created.refresh();
    expect(await created.check(device.certificate)).toMatchObject({ kind: 'revoked', reason: 'cACompromise' });
  });

  it('crlChainUrl: a CRL missing from the chain refuses', async () => {
    await serveChain({}, undefined);
    expect((await create({ crlChainUrl: server.url('/chain.pem') }).check(device.certificate)).kind).toBe(
      'unavailable',
    );
  });

  it('an issuing CA that the peer sends along is taken in when the root vouches for it', async () => {
    await serveChain({}, {});
    const roots = encodePem('CERTIFICATE', authority.root.certificateDer);
    const created = create({ roots, crlChainUrl: server.url('/chain.pem') });
    expect((await created.check(device.certificate)).kind).toBe('unavailable');
    expect(await created.check(device.certificate, [authority.issuing.certificate])).toEqual({ kind: 'good' });
  });

  it('one that it does not vouch for is not', async () => {
    const foreign = await createTestAuthority();
    server.serve('/chain.pem', { body: encodePem('X509 CRL', await signCrl(foreign.issuing)) });
    const created = create({ crlChainUrl: server.url('/chain.pem') });
    const leaf = await foreign.issue();
    expect((await created.check(leaf.certificate, [foreign.issuing.certificate, foreign.root.certificate])).kind).toBe(
      'unavailable',
    );
  });
});

describe('options', () => {
  it.each([
    ['no source', {}],
    ['two sources', { crlUrls: ['http://a/'], ocsp: {} }],
    ['a refresh below a second', { crlUrls: ['http://a/'], refreshSeconds: 0 }],
    ['roots without a certificate', { crlUrls: ['http://a/'], roots: 'nothing' }],
  ])('%s is refused', (_, options) => {
    expect(() => createRevocationChecker({ roots: authority.chainPem, ...options })).toThrow();
  });

  it('a device certificate among the roots is refused', () => {
    expect(() => createRevocationChecker({ roots: device.certificatePem, crlUrls: ['http://a/'] })).toThrow(/not a CA/);
  });
});
