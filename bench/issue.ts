/** The whole issuance cycle in this process, over a registry in memory, beside the least that it can cost. */
import { createPublicKey, sign, verify } from 'node:crypto';
import { encodePem } from '@touchmark/asn1';
import { parsePublicKey } from '@touchmark/crypto';
import { lintTbsCertificate } from '@touchmark/lint';
import { parseCertificate, parseCertificationRequest, verifyProofOfPossession } from '@touchmark/x509';
import { alternate, measureHere } from './support/alternate.ts';
import type { Contender } from './support/alternate.ts';
import { createMemoryAuthority, endpointLabel } from './support/memory-authority.ts';
import type { MemoryAuthority } from './support/memory-authority.ts';
import { ratio } from './support/report.ts';
import type { Report, Section } from './support/report.ts';
import { prepareRequest } from './support/requests.ts';
import { TemplateFloor } from './support/template-floor.ts';

const rounds = 9;
const perRound = 1500;

export async function issue(): Promise<Report> {
  const memory = await createMemoryAuthority();
  const requests = Array.from({ length: perRound }, (_, index) => prepareRequest(`device-${index}`).requestDer);
  return {
    benchmark: 'issue',
    sections: [await wholeCycle(memory, requests), await parts(memory, requests)],
  };
}

async function wholeCycle(memory: MemoryAuthority, requests: readonly Uint8Array[]): Promise<Section> {
  const { issuing } = memory.authority;
  const issuer = { ...issuing, publicKey: createPublicKey(issuing.privateKey) };
  const floorContender = (name: string, verifiesItself: boolean): Contender => {
    const floor = new TemplateFloor(issuer, verifiesItself);
    return {
      name,
      measure: () =>
        measureHere(async () => {
          for (const requestDer of requests) floor.issue(requestDer);
          return requests.length;
        }),
    };
  };
  const cycle: Contender = {
    name: 'issuance cycle, registry in memory',
    measure: () => {
      const service = memory.newEnrollmentService();
      return measureHere(async () => {
        for (const requestDer of requests) await enroll(service, memory.secret, requestDer);
        return requests.length;
      });
    },
  };
  const [floor, verifying, full] = await alternate(
    [
      floorContender('template: parse, proof of possession, splice, sign', false),
      floorContender('the same, verifying its own signature', true),
      cycle,
    ],
    rounds,
  );
  return {
    title: `Issuing in process, P-256, ${perRound} distinct requests per round`,
    series: [floor!, verifying!, full!],
    findings: [
      { name: 'cycle / template', value: ratio(full!, floor!), atLeast: 0.8 },
      { name: 'cycle / template that verifies its own signature', value: ratio(full!, verifying!) },
    ],
  };
}

async function enroll(
  service: ReturnType<MemoryAuthority['newEnrollmentService']>,
  secret: string,
  requestDer: Uint8Array,
): Promise<Uint8Array> {
  const outcome = await service.enroll({
    protocol: 'est',
    operation: 'simpleenroll',
    endpointLabel,
    requestId: 'bench',
    credentials: { basic: { userName: '', password: secret }, clientCertificateDer: undefined },
    requestDer,
    channelBinding: { tlsUnique: undefined, tlsExporter: undefined },
    remoteAddress: '127.0.0.1',
    warnings: [],
  });
  if (outcome.kind !== 'issued') throw new Error(`The outcome is ${JSON.stringify(outcome)}.`);
  return outcome.certificateDer;
}

/** The parts that cost most, each alone. */
async function parts(memory: MemoryAuthority, requests: readonly Uint8Array[]): Promise<Section> {
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
  return { title: 'Its parts', series, findings: [] };
}
