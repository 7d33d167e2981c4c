/** SCEP enrollment with RSA-2048: beside the RSA operations that it cannot do without, and over HTTP. */
import { createPublicKey } from 'node:crypto';
import { encodePem, equalBytes } from '@touchmark/asn1';
import { decryptKeyWith, openEnvelopedData, parseCertsOnly, parseEnvelopedData, parseSignedData } from '@touchmark/cms';
import type { KeyPair } from '@touchmark/crypto';
import { buildCertificationRequest } from '@touchmark/testkit';
import { parseCertificate } from '@touchmark/x509';
import { sharedPrimeKeys } from '../test/support/shared-prime-keys.ts';
import { alternate, inParallel, measureRepeated } from './support/alternate.ts';
import type { Contender } from './support/alternate.ts';
import { httpPost, LoadGenerator } from './support/load.ts';
import type { LoadRequest } from './support/load.ts';
import { ForkedServer } from './support/measured-server.ts';
import type { MeasuredServer } from './support/measured-server.ts';
import { endpointLabel } from './support/memory-authority.ts';
import { createMemoryScep, scepPost } from './support/memory-scep.ts';
import { byWall, ratio } from './support/report.ts';
import type { Report, Section } from './support/report.ts';
import { answerLeast, dissect } from './support/scep-floor.ts';
import { encodeMessage, selfSigned } from './support/scep-message.ts';
import type { Holder, Recipient } from './support/scep-message.ts';
import { TemplateFloor } from './support/template-floor.ts';
import { TouchmarkServer } from './support/touchmark-server.ts';

const rounds = 5;
/** In process, each with a key of its own: more than are remembered anywhere. */
const devices = 400;
/** How often all of them enroll in a round, each time at an empty registry. */
const repeats = 3;
/** As many as wait for their answers on a busy listener. */
const concurrency = 64;
/** Over HTTP. */
const connections = 32;
const fleetSize = 64;
/** How often each of the fleet renews in a round. */
const renewals = 8;

const bareServer = new URL('./programs/bare-server.ts', import.meta.url);
const memoryServer = new URL('./programs/memory-scep-server.ts', import.meta.url);

export async function scep(): Promise<Report> {
  const keys = sharedPrimeKeys(devices);
  return {
    benchmark: 'scep',
    sections: [
      await inProcess(keys, 'ec-p256'),
      await inProcess(keys, 'rsa-2048'),
      await overHttp(keys.slice(0, fleetSize)),
    ],
  };
}

async function inProcess(keys: readonly KeyPair[], keyAlgorithm: 'ec-p256' | 'rsa-2048'): Promise<Section> {
  const { memory, recipient, newHandler } = await createMemoryScep(keyAlgorithm);
  const messages = await Promise.all(keys.map((key, index) => firstMessage(key, index, memory.secret, recipient)));
  const { issuing } = memory.authority;
  const issuer = { ...issuing, algorithm: issuing.signer.algorithm, publicKey: issuing.signer.publicKey };
  const dissected = messages.map(({ message, signer, requestDer }) => dissect(message, signer, requestDer));
  const floorContender = (name: string, verifiesItself: boolean): Contender => {
    const template = new TemplateFloor(issuer, verifiesItself);
    return {
      name,
      measure: () =>
        measureRepeated(repeats, async () => {
          for (const message of dissected) answerLeast(message, recipient, template);
          return messages.length;
        }),
    };
  };
  const [floor, verifying, full] = await alternate(
    [
      floorContender('verify, decrypt, issue from a template, sign', false),
      floorContender('the same, verifying its own certificate', true),
      {
        name: 'PKCSReq, registry in memory',
        measure: () =>
          measureRepeated(repeats, async () => {
            const handler = newHandler();
            await inParallel(concurrency, messages, async ({ message }) => {
              const { headers } = await handler(scepPost(message));
              const [, reason] = headers.find(([field]) => field === 'Touchmark-Reason') ?? [];
              if (reason !== undefined) throw new Error(`The message was refused: ${reason}.`);
            });
            return messages.length;
          }),
      },
    ],
    rounds,
  );
  return {
    title: `PKCSReq in process, RSA-2048, CA with ${keyAlgorithm}, ${devices * repeats} per round, ${concurrency} under way at a time`,
    series: [floor!, verifying!, full!],
    findings: [
      { name: 'PKCSReq / floor, per CPU second', value: ratio(full!, floor!), atLeast: 0.7 },
      { name: 'PKCSReq / floor that verifies its own certificate, per CPU second', value: ratio(full!, verifying!) },
      { name: 'PKCSReq / floor, wall rate', value: ratio(full!, floor!, byWall) },
    ],
  };
}

interface FirstMessage {
  readonly message: Uint8Array;
  readonly requestDer: Uint8Array;
  readonly signer: Holder;
}

async function firstMessage(
  keyPair: KeyPair,
  index: number,
  secret: string,
  recipient: Recipient,
): Promise<FirstMessage> {
  const commonName = `device-${String(index).padStart(4, '0')}`;
  const signer = await selfSigned(keyPair, commonName);
  const fields = { commonName, keyPair, challengePassword: secret };
  const { certificationRequestDer: requestDer } = await buildCertificationRequest(fields);
  const message = encodeMessage({ messageType: 'PKCSReq', content: requestDer, signer, recipient });
  return { message, requestDer, signer };
}

/** A server with devices that have their first certificate from it. */
interface EnrolledFleet {
  readonly name: string;
  readonly server: MeasuredServer;
  readonly label: string;
  readonly recipient: Recipient;
  readonly holders: readonly Holder[];
  readonly answerBytes: number;
}

async function overHttp(keys: readonly KeyPair[]): Promise<Section> {
  const load = new LoadGenerator();
  const touchmark = await TouchmarkServer.start();
  const memory = await ForkedServer.start(memoryServer);
  try {
    await touchmark.newScepEndpoint('plc');
    const secret = await touchmark.newSecret(fleetSize, 'plc');
    const full = await enrollFleet('Touchmark', load, touchmark.status, 'plc', secret, keys);
    const without = await enrollFleet(
      'without registry',
      load,
      memory,
      endpointLabel,
      memory.started.secret ?? '',
      keys,
    );
    for (const fleet of [full, without]) await checkRenewing(load, fleet);
    const bare = await ForkedServer.start(bareServer, { tls: false, postAnswerBytes: full.answerBytes });
    try {
      return await onKeptConnections(load, bare, without, full);
    } finally {
      await bare.close();
    }
  } finally {
    await load.close();
    await memory.close();
    await touchmark.close();
  }
}

async function onKeptConnections(
  load: LoadGenerator,
  bare: MeasuredServer,
  without: EnrolledFleet,
  full: EnrolledFleet,
): Promise<Section> {
  const renewing = async (fleet: EnrolledFleet, server = fleet.server, name = fleet.name): Promise<Contender> => {
    const batches = await renewalBatches(fleet);
    const plan = { connectionPerRequest: false, concurrency: connections, credentials: [] };
    return { name, measure: (round) => load.measure(server, { ...plan, requests: batches[round]! }) };
  };
  const [floor, inMemory, inPostgres] = await alternate(
    [
      await renewing(full, bare, 'bare node:http: POST of the same sizes'),
      await renewing(without),
      await renewing(full),
    ],
    rounds,
  );
  return {
    title: `PKCSReq of devices that renew, on ${connections} kept-alive connections, ${fleetSize * renewals} per round`,
    series: [floor!, inMemory!, inPostgres!],
    findings: [
      { name: 'Touchmark / without registry, wall rate', value: ratio(inPostgres!, inMemory!, byWall) },
      { name: 'Touchmark / without registry, per server CPU second', value: ratio(inPostgres!, inMemory!) },
      { name: 'without registry / bare, per server CPU second', value: ratio(inMemory!, floor!) },
    ],
  };
}

/** What is measured is certificates and no refusals, which would have the status 200 as well. */
async function checkRenewing(load: LoadGenerator, fleet: EnrolledFleet): Promise<void> {
  const { server, holders } = fleet;
  const requests = [await renewal(fleet, 'first.example.com', 0)];
  const plan = { connectionPerRequest: false, concurrency: 1, credentials: [], timeLimitSeconds: 20, keepBodies: true };
  const { bodies } = await load.run({ ...plan, url: server.url, caPem: '', requests });
  const renewed = await issuedTo(holders[0]!, bodies[0] ?? '');
  if (equalBytes(renewed.der, holders[0]!.certificate.der)) throw new Error('The certificate was not renewed.');
}

/** For each round: every device asks several times, with the key that it has and for something else each time. */
function renewalBatches(fleet: EnrolledFleet): Promise<LoadRequest[][]> {
  return Promise.all(
    Array.from({ length: rounds + 1 }, (_, round) =>
      Promise.all(
        Array.from({ length: fleetSize * renewals }, (_unused, index) =>
          renewal(fleet, `r${round}-${index}.example.com`, index % fleetSize),
        ),
      ),
    ),
  );
}

async function renewal(
  { recipient, holders, label }: EnrolledFleet,
  name: string,
  index: number,
): Promise<LoadRequest> {
  const signer = holders[index]!;
  const { certificationRequestDer } = await buildCertificationRequest({
    keyPair: signer,
    subjectDer: signer.certificate.subject.der,
    subjectAltNames: [{ kind: 'dns', value: name }],
  });
  const message = encodeMessage({ messageType: 'PKCSReq', content: certificationRequestDer, signer, recipient });
  return { message: scepMessage(label, message) };
}

async function enrollFleet(
  name: string,
  load: LoadGenerator,
  server: MeasuredServer,
  label: string,
  secret: string,
  keys: readonly KeyPair[],
): Promise<EnrolledFleet> {
  const recipient = await recipientOf(server, label);
  const first = await Promise.all(keys.map((key, index) => firstMessage(key, index, secret, recipient)));
  const { bodies } = await load.run({
    url: server.url,
    caPem: '',
    credentials: [],
    connectionPerRequest: false,
    concurrency: 8,
    requests: first.map(({ message }) => ({ message: scepMessage(label, message) })),
    timeLimitSeconds: 60,
    keepBodies: true,
  });
  const holders = await Promise.all(
    first.map(async ({ signer }, index) => ({ ...signer, certificate: await issuedTo(signer, bodies[index] ?? '') })),
  );
  return { name, server, label, recipient, holders, answerBytes: bodies[0]?.length ?? 0 };
}

/** The first certificate of GetCACert. */
async function recipientOf({ url }: MeasuredServer, label: string): Promise<Recipient> {
  const answer = await fetch(`${url}/scep/${label}?operation=GetCACert`);
  const [certificateDer] = parseCertsOnly(new Uint8Array(await answer.arrayBuffer())).certificatesDer;
  if (certificateDer === undefined) throw new Error('GetCACert has no certificate.');
  const certificate = parseCertificate(certificateDer);
  return { certificate, publicKey: createPublicKey(encodePem('PUBLIC KEY', certificate.subjectPublicKeyInfoDer)) };
}

async function issuedTo({ certificate, privateKey }: Holder, body: string): Promise<Holder['certificate']> {
  const { content } = parseSignedData(new Uint8Array(Buffer.from(body, 'latin1')));
  if (content === undefined) throw new Error('The message was refused.');
  const opened = await openEnvelopedData(parseEnvelopedData(content), certificate, decryptKeyWith(privateKey));
  const [certificateDer] = parseCertsOnly(opened).certificatesDer;
  if (certificateDer === undefined) throw new Error('The answer has no certificate.');
  return parseCertificate(certificateDer);
}

function scepMessage(label: string, message: Uint8Array): Uint8Array {
  return httpPost(`/scep/${label}?operation=PKIOperation`, 'application/x-pki-message', message);
}
