/** Makes and publishes the CRL of one shard: lock, number, build, lint, record, sign, verify, publish. */
import { setTimeout as sleepFor } from 'node:timers/promises';
import { verifySignature } from '@touchmark/crypto';
import { CaError } from '@touchmark/ca';
import type { Authority, Clock, CrlPublication, CrlRegistry, Issuer, PublishedCrl, SignerSource } from '@touchmark/ca';
import { assembleTbsCertList, collectEntries, signCertList } from './assembly.ts';
import { nextUpdateOf } from './schedule.ts';
import { distributionPointUrls } from './scope.ts';

/** Looks at the bytes to be signed; any finding refuses. */
export type LintTbsCertList = (
  tbsCertListDer: Uint8Array,
) => readonly { readonly lint: string; readonly message: string }[];

export interface CrlPublisherDependencies {
  readonly registry: CrlRegistry;
  readonly signers: SignerSource;
  /** A `SigningGate` does: it also refuses while the service is not ready. */
  readonly clock: Clock;
  readonly authorities: { getIssuer(authorityId: string): Issuer };
  /** Base of the URLs in certificates, without a trailing slash. */
  readonly publicUrl: string;
  readonly lint?: LintTbsCertList | undefined;
  /** How to wait; for tests. */
  readonly sleep?: ((milliseconds: number) => Promise<unknown>) | undefined;
}

export interface CrlPublisher {
  /**
   * Publishes a new CRL with every revocation that was committed before. Calls for one shard, on whatever node, go one
   * after the other. Rejects with a `CaError` (`clockWentBack`, `lintFailed`, `notReady`, `registryUnavailable`, …);
   * the CRL published before then stays.
   */
  publish(authority: Authority, shard: number): Promise<PublishedCrl>;
}

export function createCrlPublisher(dependencies: CrlPublisherDependencies): CrlPublisher {
  return {
    async publish(authority, shard) {
      if (!Number.isInteger(shard) || shard < 0 || shard >= authority.crlShards) {
        throw new CaError(
          'invalidArgument',
          `The CRL of "${authority.name}" has no shard ${shard}: there are ${authority.crlShards}.`,
        );
      }
      const publication = await dependencies.registry.beginPublication(authority.id, shard);
      try {
        return await publishUnderLock(dependencies, authority, shard, publication);
      } catch (error) {
        // The first failure is the one to tell; a lock that cannot be given back goes with its connection.
        await publication.abandon().catch(() => undefined);
        throw error;
      }
    },
  };
}

async function publishUnderLock(
  dependencies: CrlPublisherDependencies,
  authority: Authority,
  shard: number,
  publication: CrlPublication,
): Promise<PublishedCrl> {
  const issuer = dependencies.authorities.getIssuer(authority.id);
  const signer = await dependencies.signers.getSigner(authority.keyId, issuer.signatureAlgorithm);
  const thisUpdate = await timeAfter(publication.previousThisUpdate, dependencies);
  const nextUpdate = nextUpdateOf(thisUpdate, authority);

  const entries = await collectEntries(publication.entries());
  const unsigned = assembleTbsCertList(
    {
      signatureAlgorithmDer: signer.algorithm.algorithmIdentifierDer,
      issuerDer: issuer.certificate.subject.der,
      thisUpdate,
      nextUpdate,
      authorityKeyIdentifier: issuer.subjectKeyIdentifier,
      crlNumber: publication.number,
      distributionPointUrls: distributionPointUrls(dependencies.publicUrl, authority, shard),
    },
    entries,
  );
  lint(dependencies.lint, unsigned.tbsCertListDer);
  await publication.recordIntent({ tbsSha256: unsigned.tbsSha256, thisUpdate, nextUpdate });

  const { crlDer, signature } = await signCertList(unsigned, signer);
  if (!verifySignature(signer.algorithm, issuer.publicKey, unsigned.tbsCertListDer, signature)) {
    throw new CaError(
      'internal',
      `The key of "${authority.name}" does not fit its certificate: the CRL was not published.`,
    );
  }
  const crl: PublishedCrl = {
    authorityId: authority.id,
    shard,
    number: publication.number,
    thisUpdate,
    nextUpdate,
    entryCount: entries.count,
    crlDer,
  };
  await publication.publish(crl);
  return crl;
}

/**
 * thisUpdate in whole seconds, later than the previous one: CRLs that differ never share a Last-Modified. Waits for the
 * next second if need be; refuses if the clock is behind.
 */
async function timeAfter(previous: Date | undefined, dependencies: CrlPublisherDependencies): Promise<Date> {
  const { clock, sleep = sleepFor } = dependencies;
  let now = clock.now();
  if (previous?.getTime() === wholeSeconds(now).getTime()) {
    await sleep(1000 - (now.getTime() % 1000));
    now = clock.now();
  }
  const thisUpdate = wholeSeconds(now);
  if (previous !== undefined && thisUpdate < previous) {
    throw new CaError(
      'clockWentBack',
      `The clock says ${thisUpdate.toISOString()}, but a CRL of ${previous.toISOString()} is published. No CRL is signed until the clock is right.`,
    );
  }
  return thisUpdate;
}

function wholeSeconds(time: Date): Date {
  return new Date(Math.floor(time.getTime() / 1000) * 1000);
}

function lint(check: LintTbsCertList | undefined, tbsCertListDer: Uint8Array): void {
  const findings = check?.(tbsCertListDer) ?? [];
  if (findings.length === 0) return;
  const text = findings.map(({ lint: name, message }) => `${name}: ${message}`).join('; ');
  throw new CaError('lintFailed', `The CRL was not signed: ${text}`);
}
