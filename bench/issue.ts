/** The whole issuance cycle in this process, with and without a registry, beside the least that it can cost. */
import { createPublicKey, sign, verify } from 'node:crypto';
import { encodePem } from '@touchmark/asn1';
import type { IssuanceRegistry } from '@touchmark/ca';
import { parsePublicKey } from '@touchmark/crypto';
import type { KeyAlgorithmName } from '@touchmark/crypto';
import { lintTbsCertificate } from '@touchmark/lint';
import { parseCertificate, parseCertificationRequest, verifyProofOfPossession } from '@touchmark/x509';
import { alternate, inParallel, measureHere, measureRepeated } from './support/alternate.ts';
import type { Contender } from './support/alternate.ts';
import { createMemoryAuthority, endpointLabel } from './support/memory-authority.ts';
import type { MemoryAuthority } from './support/memory-authority.ts';
import { PostgresRegistry } from './support/postgres-registry.ts';
import { byWall, ratio } from './support/report.ts';
import type { Report, Sample, Section } from './support/report.ts';
import { prepareRequest } from './support/requests.ts';
import { TemplateFloor } from './support/template-floor.ts';

const rounds = 5;

interface Kind {
  readonly name: string;
  readonly keyAlgorithm: KeyAlgorithmName;
  /** With a key each: RSA keys take long to make. */
  readonly requests: number;
  /** How often the requests are made in a round, each time to an empty registry. */
  readonly repeats: number;
}

/** The devices' keys are of the same kind as the authority's. */
const kinds: readonly Kind[] = [
  { name: 'P-256', keyAlgorithm: 'ec-p256', requests: 1000, repeats: 1 },
  { name: 'RSA-2048', keyAlgorithm: 'rsa-2048', requests: 64, repeats: 6 },
  { name: 'ML-DSA-65', keyAlgorithm: 'ml-dsa-65', requests: 400, repeats: 1 },
];

/** As many as wait for their answers on a busy listener. */
const concurrency = 64;

export async function issue(): Promise<Report> {
  const postgres = await PostgresRegistry.start();
  try {
    const sections: Section[] = [];
    for (const kind of kinds) sections.push(await wholeCycle(kind, postgres));
    return { benchmark: 'issue', sections: [...sections, await parts()] };
  } finally {
    await postgres.close();
  }
}

async function wholeCycle(kind: Kind, postgres: PostgresRegistry): Promise<Section> {
  const memory = await createMemoryAuthority({ keyAlgorithm: kind.keyAlgorithm });
  await postgres.add(memory.setup);
  const requests = await prepareRequests(kind);
  const { issuing } = memory.authority;
  const issuer = { ...issuing, algorithm: issuing.signer.algorithm, publicKey: issuing.signer.publicKey };
  const repeated = (work: () => Promise<void>): Promise<Sample> =>
    measureRepeated(
      kind.repeats,
      async () => work().then(() => requests.length),
      () => postgres.empty(),
    );
  const floorContender = (name: string, verifiesItself: boolean): Contender => {
    const floor = new TemplateFloor(issuer, verifiesItself);
    return {
      name,
      measure: () =>
        repeated(async () => {
          for (const requestDer of requests) floor.issue(requestDer);
        }),
    };
  };
  const cycleContender = (name: string, registry: IssuanceRegistry | undefined): Contender => ({
    name,
    measure: () =>
      repeated(async () => {
        const service = memory.newEnrollmentService(registry);
        await inParallel(concurrency, requests, (requestDer) => enroll(service, memory.secret, requestDer));
      }),
  });
  const [floor, verifying, inMemory, inPostgres] = await alternate(
    [
      floorContender('template: parse, proof of possession, splice, sign', false),
      floorContender('the same, verifying its own signature', true),
      cycleContender('issuance cycle, registry in memory', undefined),
      cycleContender('issuance cycle, registry in PostgreSQL', postgres.issuance),
    ],
    rounds,
  );
  return {
    title: `Issuing in process, ${kind.name}, ${requests.length * kind.repeats} per round, ${concurrency} under way at a time`,
    series: [floor!, verifying!, inMemory!, inPostgres!],
    findings: [
      { name: 'cycle / template, per CPU second', value: ratio(inMemory!, floor!), atLeast: 0.8 },
      { name: 'cycle / template, wall rate', value: ratio(inMemory!, floor!, byWall) },
      { name: 'template that verifies its own signature / template, per CPU second', value: ratio(verifying!, floor!) },
      { name: 'cycle / template that verifies its own signature, per CPU second', value: ratio(inMemory!, verifying!) },
      { name: 'with registry / without, per CPU second', value: ratio(inPostgres!, inMemory!) },
      { name: 'with registry / without, wall rate', value: ratio(inPostgres!, inMemory!, byWall) },
    ],
  };
}

function prepareRequests({ requests, keyAlgorithm }: Pick<Kind, 'requests' | 'keyAlgorithm'>): Promise<Uint8Array[]> {
  const prepare = async (index: number): Promise<Uint8Array> =>
    (await prepareRequest(`device-${index}`, keyAlgorithm)).requestDer;
  return Promise.all(Array.from({ length: requests }, (_, index) => prepare(index)));
}

async function enroll(
  service: ReturnType<MemoryAuthority['newEnrollmentService']>,
  secret: string,
  requestDer: Uint8Array,
): Promise<Uint8Array> {
  const outcome = await service.enroll({
    protocol: 'est',
    operation: 'simpleenroll',
    kind: 'enrollment',
    endpointLabel,
    requestId: 'bench',
    credentials: { password: { userName: '', value: secret }, certificateDer: undefined },
    requestDer,
    channelBinding: { tlsUnique: undefined, tlsExporter: undefined },
    remoteAddress: '127.0.0.1',
    warnings: [],
  });
  if (outcome.kind !== 'issued') throw new Error(`The outcome is ${JSON.stringify(outcome)}.`);
  return outcome.certificateDer;
}

const perRound = 1000;

/** The parts that cost most with P-256, each alone. */
async function parts(): Promise<Section> {
  const memory = await createMemoryAuthority();
  const requests = await prepareRequests({ requests: perRound, keyAlgorithm: 'ec-p256' });
  const parsed = requests.map((requestDer) => parseCertificationRequest(requestDer));
  const keys = parsed.map((request) => parsePublicKey(request.subjectPublicKeyInfoDer).keyObject);
  const certificateDer = await enroll(memory.newEnrollmentService(), memory.secret, requests[0]!);
  const { tbsCertificateDer } = parseCertificate(certificateDer);
  const { issuing } = memory.authority;
  const publicKey = createPublicKey(issuing.privateKey);
  const signature = sign('sha256', tbsCertificateDer, issuing.privateKey);
  const part = (name: string, work: (index: number) => unknown): Contender => ({
    name,
    measure: () =>
      measureHere(async () => {
        for (let index = 0; index < perRound; index++) work(index);
        return perRound;
      }),
  });
  const series = await alternate(
    [
      part('parse the request', (index) => parseCertificationRequest(requests[index]!)),
      part('load the key: createPublicKey from PEM alone', (index) =>
        createPublicKey(encodePem('PUBLIC KEY', parsed[index]!.subjectPublicKeyInfoDer)),
      ),
      part('load the key: with the key policy', (index) => parsePublicKey(parsed[index]!.subjectPublicKeyInfoDer)),
      part('proof of possession', (index) => verifyProofOfPossession(parsed[index]!, keys[index]!)),
      part('lint', () => lintTbsCertificate(tbsCertificateDer)),
      part('sign', () => sign('sha256', tbsCertificateDer, issuing.privateKey)),
      part('verify the signature made', () => verify('sha256', tbsCertificateDer, publicKey, signature)),
    ],
    rounds,
  );
  return { title: 'Its parts, P-256', series, findings: [] };
}
