/** Builds large CRLs in a process of its own, so that its memory can be told. Answers with seconds and the peak so far. */
import { randomBytes } from 'node:crypto';
import { concatBytes, der } from '@touchmark/asn1';
import { defaultSettings, loadIssuer } from '@touchmark/ca';
import type { Authority, CrlPublication, CrlRegistry } from '@touchmark/ca';
import { createCrlPublisher } from '@touchmark/crl';
import type { CrlPublisher } from '@touchmark/crl';
import { lintTbsCertList } from '@touchmark/lint';
import { createTestAuthority } from '@touchmark/testkit';
import type { TestAuthority } from '@touchmark/testkit';
import { encodeCrlEntry, encodeTbsCertListParts, extension } from '@touchmark/x509';
import { answerQuestions } from '../support/forked-program.ts';

export interface BuiltCrl {
  readonly wallSeconds: number;
  readonly cpuSeconds: number;
  readonly crlBytes: number;
  /** Above what the process had before it built its first CRL. */
  readonly peakExtraBytes: number;
}

type Question =
  { readonly kind: 'load'; readonly entries: number; readonly how: 'floor' | 'publisher' } | { readonly kind: 'build' };

/** As many as the registry gives at a time. */
const entriesPerChunk = 10_000;

interface Chunk {
  readonly entriesDer: Uint8Array;
  readonly count: number;
}

let build: (() => Promise<Uint8Array>) | undefined;
let residentBefore = 0;

answerQuestions(async (question: Question) => {
  switch (question.kind) {
    case 'load': {
      const authority = await createTestAuthority();
      const chunks = encodeChunks(question.entries);
      build = question.how === 'floor' ? floor(authority, chunks) : publisher(authority, chunks);
      residentBefore = peakBytes();
      return undefined;
    }
    case 'build':
      return measure();
  }
});

async function measure(): Promise<BuiltCrl> {
  if (build === undefined) throw new Error('Nothing is loaded.');
  const cpuBefore = process.cpuUsage();
  const startedAt = performance.now();
  const crl = await build();
  const wallSeconds = (performance.now() - startedAt) / 1000;
  const { user, system } = process.cpuUsage(cpuBefore);
  const peakExtraBytes = peakBytes() - residentBefore;
  return { wallSeconds, cpuSeconds: (user + system) / 1e6, crlBytes: crl.length, peakExtraBytes };
}

/** Node gives it in kibibytes. */
function peakBytes(): number {
  return process.resourceUsage().maxRSS * 1024;
}

/** Entries with a reason, as most have: 40 octets each. */
function encodeChunks(entries: number): Chunk[] {
  const revocationDate = new Date(Math.floor(Date.now() / 1000) * 1000);
  const chunks: Chunk[] = [];
  for (let left = entries; left > 0; left -= entriesPerChunk) {
    const count = Math.min(left, entriesPerChunk);
    const encoded = Array.from({ length: count }, () => {
      const serialNumber = new Uint8Array(randomBytes(20));
      serialNumber[0] = 0x40 | (serialNumber[0]! & 0x3f);
      return encodeCrlEntry({ serialNumber, revocationDate, reason: 'keyCompromise' });
    });
    chunks.push({ entriesDer: concatBytes(...encoded), count });
  }
  return chunks;
}

/** As they come from a database: each time in new memory. */
async function* fresh(chunks: readonly Chunk[]): AsyncGenerator<Chunk> {
  for (const { entriesDer, count } of chunks) yield { entriesDer: entriesDer.slice(), count };
}

/** Concatenate and sign: nothing is counted, linted, recorded or verified. */
function floor({ issuing }: TestAuthority, chunks: readonly Chunk[]): () => Promise<Uint8Array> {
  return async () => {
    const parts: Uint8Array[] = [];
    let entriesByteLength = 0;
    for await (const { entriesDer } of fresh(chunks)) {
      parts.push(entriesDer);
      entriesByteLength += entriesDer.length;
    }
    const now = Date.now();
    const { head, tail } = encodeTbsCertListParts({
      signatureAlgorithmDer: issuing.signer.algorithm.algorithmIdentifierDer,
      issuerDer: issuing.subjectDer,
      thisUpdate: new Date(now),
      nextUpdate: new Date(now + 7 * 86_400_000),
      extensionsDer: [extension.authorityKeyIdentifier(issuing.subjectKeyIdentifier), extension.crlNumber(1n)],
      entriesByteLength,
    });
    const tbs = Buffer.concat([head, ...parts, tail]);
    const signature = await issuing.signer.sign(tbs);
    const behind = [issuing.signer.algorithm.algorithmIdentifierDer, der.bitString(signature)];
    const length = tbs.length + behind.reduce((sum, part) => sum + part.length, 0);
    return Buffer.concat([Uint8Array.of(0x30), der.length(length), tbs, ...behind]);
  };
}

/** As the service has it: entries are linted when they are made. */
function publisher({ issuing }: TestAuthority, chunks: readonly Chunk[]): () => Promise<Uint8Array> {
  const authority: Authority = {
    id: 'issuing',
    name: 'issuing',
    kind: 'issuing',
    issuerId: 'root',
    certificateDer: issuing.certificateDer,
    keyId: 'issuing',
    ...defaultSettings('ec-p256'),
    signatureAlgorithm: issuing.signer.algorithm.name,
    revision: 1,
  };
  const issuer = loadIssuer(authority);
  const crlPublisher: CrlPublisher = createCrlPublisher({
    registry: registryOf(chunks),
    signers: { getSigner: async () => issuing.signer },
    clock: { now: () => new Date() },
    authorities: { getIssuer: () => issuer },
    publicUrl: 'http://127.0.0.1:8080',
    lint: (tbsCertListDer) => lintTbsCertList(tbsCertListDer, { entriesAreLinted: true }),
  });
  return async () => (await crlPublisher.publish(authority, 0)).crlDer;
}

function registryOf(chunks: readonly Chunk[]): CrlRegistry {
  let number = 0n;
  return {
    findLatest: async () => undefined,
    findLatestNumber: async () => undefined,
    beginPublication: async (): Promise<CrlPublication> => ({
      number: ++number,
      previousThisUpdate: undefined,
      entries: () => fresh(chunks),
      recordIntent: async () => undefined,
      publish: async () => undefined,
      abandon: async () => undefined,
    }),
  };
}
