import { webcrypto } from 'node:crypto';
import { describe, expect, it } from '@jest/globals';
import { equalBytes, rfc5280, toHex } from '@touchmark/asn1';
import { keyAlgorithmNames, sha256 } from '@touchmark/crypto';
import {
  findExtension,
  parseAuthorityKeyIdentifier,
  parseCertificateList,
  parseIssuingDistributionPoint,
  verifyCrlSignature,
} from '@touchmark/x509';
import fc from 'fast-check';
import * as pkijs from 'pkijs';
import { createCrlPublisher, distributionPointUrls, isDue } from '../src/index.ts';
import type { CrlPublisherDependencies } from '../src/index.ts';
import { createFixture } from './support/fixture.ts';
import type { Fixture } from './support/fixture.ts';
import { certifyAuthority, day, frozenNow, hour } from './support/pki.ts';

const serial = (...octets: number[]): Uint8Array => Uint8Array.of(0x31, ...octets);

describe('RFC 5280 §5.1 a published CRL', () => {
  it('has every revocation, in order, with its reason; none for unspecified', async () => {
    const { registry, publisher, issuing } = await createFixture();
    registry.revoke('issuing-id', 0, serial(3), 'keyCompromise', frozenNow);
    registry.revoke('issuing-id', 0, serial(1), 'unspecified', frozenNow);
    registry.revoke('issuing-id', 0, serial(2), 'certificateHold', frozenNow);
    const { crlDer, entryCount } = await publisher.publish(issuing.authority, 0);
    const crl = parseCertificateList(crlDer);
    expect(entryCount).toBe(3);
    expect([...crl.entries()].map(({ serialNumberHex, reason }) => [serialNumberHex, reason])).toEqual([
      ['3101', 'unspecified'],
      ['3102', 'certificateHold'],
      ['3103', 'keyCompromise'],
    ]);
    // id-ce-cRLReasons stands twice: unspecified is said by silence.
    expect(toHex(crlDer).split('0603551d15')).toHaveLength(3);
  });

  it('has number, authority key identifier, seven days of life and a signature of the issuer', async () => {
    const { publisher, issuing, issuingIdentity } = await createFixture();
    const crl = parseCertificateList((await publisher.publish(issuing.authority, 0)).crlDer);
    expect(crl.version).toBe(1);
    expect(crl.crlNumber).toBe(1n);
    expect(crl.thisUpdate).toEqual(frozenNow);
    expect(crl.nextUpdate).toEqual(new Date(frozenNow.getTime() + 7 * day));
    expect(equalBytes(crl.issuer.der, issuingIdentity.nameDer)).toBe(true);
    const aki = findExtension(crl, rfc5280['id-ce-authorityKeyIdentifier']);
    expect(aki && parseAuthorityKeyIdentifier(aki.value).keyIdentifier).toEqual(issuingIdentity.keyIdentifier);
    expect(verifyCrlSignature(crl, issuing.publicKey)).toBe(true);
  });

  it('§5.1.2.6 has no revokedCertificates when nothing is revoked', async () => {
    const { publisher, issuing } = await createFixture();
    const { crlDer, entryCount } = await publisher.publish(issuing.authority, 0);
    expect(entryCount).toBe(0);
    expect([...parseCertificateList(crlDer).entries()]).toEqual([]);
  });

  it.each(keyAlgorithmNames.filter((name) => name !== 'rsa-3072' && name !== 'rsa-4096'))(
    'is put together rightly with %s, whatever the number of entries',
    async (keyAlgorithm) => {
      const { registry, publisher, issuing } = await createFixture({ keyAlgorithm });
      registry.chunkSize = 100;
      let revoked = 0;
      // Lengths on both sides of every step of the length octets: 127/128, 255/256, 65535/65536.
      for (const upTo of [0, 1, 2, 5, 6, 7, 8, 3000]) {
        for (; revoked < upTo; revoked++) {
          registry.revoke('issuing-id', 0, serial(revoked >> 8, revoked & 0xff), 'superseded', frozenNow);
        }
        const crl = parseCertificateList((await publisher.publish(issuing.authority, 0)).crlDer);
        expect([...crl.entries()]).toHaveLength(upTo);
        expect(verifyCrlSignature(crl, issuing.publicKey)).toBe(true);
      }
    },
  );

  it('says the same to PKI.js', async () => {
    pkijs.setEngine('node', new pkijs.CryptoEngine({ name: 'node', crypto: webcrypto }));
    await fc.assert(
      fc.asyncProperty(fc.uniqueArray(fc.integer({ min: 1, max: 60_000 }), { maxLength: 40 }), async (serials) => {
        const { registry, publisher, issuing, issuingIdentity } = await createFixture();
        for (const value of serials)
          registry.revoke('issuing-id', 0, serial(value >> 8, value & 0xff), 'superseded', frozenNow);
        const { crlDer } = await publisher.publish(issuing.authority, 0);
        const crl = pkijs.CertificateRevocationList.fromBER(crlDer);
        const theirs = (crl.revokedCertificates ?? []).map(({ userCertificate }) =>
          toHex(new Uint8Array(userCertificate.valueBlock.valueHexView)),
        );
        expect(theirs).toEqual(
          [...parseCertificateList(crlDer).entries()].map(({ serialNumberHex }) => serialNumberHex),
        );
        expect(await crl.verify({ issuerCertificate: pkijs.Certificate.fromBER(issuingIdentity.certificateDer) })).toBe(
          true,
        );
      }),
      { numRuns: 10 },
    );
  });
});

describe('RFC 5280 §5.2.5 the issuing distribution point', () => {
  const urlsOf = (crlDer: Uint8Array): readonly string[] | undefined => {
    const extension = findExtension(parseCertificateList(crlDer), rfc5280['id-ce-issuingDistributionPoint']);
    expect(extension?.critical).not.toBe(false);
    return extension && parseIssuingDistributionPoint(extension.value).urls;
  };

  it('names the URL that the certificates of an issuing authority carry', async () => {
    const { publisher, issuing } = await createFixture();
    const { crlDer } = await publisher.publish(issuing.authority, 0);
    expect(urlsOf(crlDer)).toEqual(['http://ca.example/pki/issuing.crl']);
  });

  it('is not in the single CRL of a root, whose own certificate has no distribution point', async () => {
    const { publisher, root } = await createFixture();
    expect(urlsOf((await publisher.publish(root.authority, 0)).crlDer)).toBeUndefined();
  });

  it('names the shard; shard 0 also the URL from before there were shards', async () => {
    const { publisher, issuing } = await createFixture({ crlShards: 16 });
    expect(urlsOf((await publisher.publish(issuing.authority, 15)).crlDer)).toEqual([
      'http://ca.example/pki/issuing/15.crl',
    ]);
    expect(urlsOf((await publisher.publish(issuing.authority, 0)).crlDer)).toEqual([
      'http://ca.example/pki/issuing/0.crl',
      'http://ca.example/pki/issuing.crl',
    ]);
  });

  it('is there for a root that has shards', async () => {
    const { root } = await createFixture();
    expect(distributionPointUrls('http://ca.example', { ...root.authority, crlShards: 2 }, 1)).toEqual([
      'http://ca.example/pki/root/1.crl',
    ]);
  });
});

describe('the order of things', () => {
  it('V1 the intent is on record, with the digest of exactly these bytes, before the key is used', async () => {
    const base = await createFixture();
    const { issuingIdentity, registry } = base;
    const log: string[] = registry.log;
    const { publisher, issuing } = createFixtureWith(base, {
      signers: {
        getSigner: async () => ({
          ...issuingIdentity.signer,
          sign: (data: Uint8Array) => {
            log.push('sign');
            return issuingIdentity.signer.sign(data);
          },
        }),
      },
    });
    const { crlDer } = await publisher.publish(issuing.authority, 0);
    expect(log).toEqual(['begin 1', 'intent 1', 'sign', 'publish 1']);
    expect(registry.intents[0]?.tbsSha256).toEqual(sha256(parseCertificateList(crlDer).tbsCertListDer));
  });

  it('a lint finding refuses before the intent', async () => {
    const seen: Uint8Array[] = [];
    const { publisher, issuing, registry } = await createFixture({
      publisher: {
        lint: (tbsCertListDer) => {
          seen.push(tbsCertListDer);
          return [{ lint: 'noSuchThing', message: 'is wrong' }];
        },
      },
    });
    await expect(publisher.publish(issuing.authority, 0)).rejects.toMatchObject({
      code: 'lintFailed',
      message: expect.stringContaining('noSuchThing: is wrong'),
    });
    expect(registry.log).toEqual(['begin 1', 'abandon 1']);
    expect(seen).toHaveLength(1);
  });

  it('a key that does not fit the certificate publishes nothing', async () => {
    const base = await createFixture();
    const stranger = await certifyAuthority('Issuing');
    const { publisher, issuing, registry } = createFixtureWith(base, {
      signers: { getSigner: async () => stranger.signer },
    });
    await expect(publisher.publish(issuing.authority, 0)).rejects.toMatchObject({ code: 'internal' });
    expect(registry.log).toEqual(['begin 1', 'intent 1', 'abandon 1']);
    expect(await registry.findLatest('issuing-id', 0)).toBeUndefined();
  });

  it('a failed publication gives the lock back and its number is not used again', async () => {
    const { publisher, issuing, registry, clock } = await createFixture();
    registry.failPublish = true;
    await expect(publisher.publish(issuing.authority, 0)).rejects.toMatchObject({ code: 'registryUnavailable' });
    registry.failPublish = false;
    clock.advance(hour);
    expect((await publisher.publish(issuing.authority, 0)).number).toBe(2n);
  });

  it('a shard that does not exist is refused without a lock', async () => {
    const { publisher, issuing, registry } = await createFixture();
    for (const shard of [1, -1, 0.5]) {
      await expect(publisher.publish(issuing.authority, shard)).rejects.toMatchObject({ code: 'invalidArgument' });
    }
    expect(registry.log).toEqual([]);
  });
});

describe('V8 numbers and times never go back', () => {
  it('parallel publications rise in number and time', async () => {
    const { publisher, issuing } = await createFixture();
    const crls = await Promise.all(Array.from({ length: 8 }, () => publisher.publish(issuing.authority, 0)));
    const sorted = crls.toSorted((a, b) => Number(a.number - b.number));
    expect(sorted.map(({ number }) => number)).toEqual([1n, 2n, 3n, 4n, 5n, 6n, 7n, 8n]);
    for (const [index, crl] of sorted.entries()) {
      expect(crl.thisUpdate.getTime()).toBe(frozenNow.getTime() + index * 1000);
    }
  });

  it('waits for the next second rather than publish two with one thisUpdate', async () => {
    const waits: number[] = [];
    const fixture = await createFixture({ now: new Date(frozenNow.getTime() + 250) });
    const { publisher, issuing } = createFixtureWith(fixture, {
      sleep: async (milliseconds) => {
        waits.push(milliseconds);
        fixture.clock.advance(milliseconds);
      },
    });
    await publisher.publish(issuing.authority, 0);
    const second = await publisher.publish(issuing.authority, 0);
    expect(waits).toEqual([750]);
    expect(second.thisUpdate).toEqual(new Date(frozenNow.getTime() + 1000));
  });

  it.each([1000, hour, 10 * 365 * day])(
    'a clock %i ms behind the last CRL: clockWentBack, nothing signed',
    async (back) => {
      const { publisher, issuing, registry, clock } = await createFixture();
      await publisher.publish(issuing.authority, 0);
      clock.advance(-back);
      await expect(publisher.publish(issuing.authority, 0)).rejects.toMatchObject({ code: 'clockWentBack' });
      expect(registry.log.slice(3)).toEqual(['begin 2', 'abandon 2']);
      expect((await registry.findLatest('issuing-id', 0))?.number).toBe(1n);
    },
  );
});

describe('isDue', () => {
  const latest = { thisUpdate: frozenNow, nextUpdate: new Date(frozenNow.getTime() + 7 * day) };
  it.each([
    ['when there is none', undefined, 0, true],
    ['not just after one', latest, hour, false],
    ['not before a day', latest, day - 1000, false],
    ['after a day', latest, day, true],
    ['when it has run out', { ...latest, nextUpdate: new Date(frozenNow.getTime() + hour) }, hour, true],
  ])('%s', (_, crl, after, due) => {
    expect(
      isDue(crl, { crlValiditySeconds: 7 * 86_400, crlIntervalSeconds: 86_400 }, new Date(frozenNow.getTime() + after)),
    ).toBe(due);
  });
});

/** The same registry, authorities and clock with another publisher. */
function createFixtureWith(base: Fixture, publisher: Partial<CrlPublisherDependencies>): Fixture {
  const { registry, clock, authorities, publicUrl, issuingIdentity } = base;
  const made = createCrlPublisher({
    registry,
    clock,
    authorities,
    publicUrl,
    signers: { getSigner: async () => issuingIdentity.signer },
    sleep: async (milliseconds) => clock.advance(milliseconds),
    ...publisher,
  });
  return { ...base, publisher: made };
}
