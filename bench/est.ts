/** EST enrollment as devices do it: on new mutual-TLS connections, and on connections that are kept. */
import { encodePem } from '@touchmark/asn1';
import { parseCertsOnly } from '@touchmark/cms';
import { alternate } from './support/alternate.ts';
import type { Contender } from './support/alternate.ts';
import { httpGet, httpPost, LoadGenerator } from './support/load.ts';
import type { Credential, LoadRequest } from './support/load.ts';
import { ForkedServer } from './support/measured-server.ts';
import type { MeasuredServer } from './support/measured-server.ts';
import { byWall, ratio } from './support/report.ts';
import type { Report, Section } from './support/report.ts';
import { prepareRequest, toBody } from './support/requests.ts';
import { TouchmarkServer } from './support/touchmark-server.ts';

const rounds = 5;
const devices = 64;
const perRoundNew = 800;
const concurrencyNew = 16;
const perRoundKept = 3000;
const concurrencyKept = devices;

const bareServer = new URL('./programs/bare-server.ts', import.meta.url);
const memoryServer = new URL('./programs/memory-est-server.ts', import.meta.url);

/** A server with devices that have their first certificate from it. */
interface EnrolledFleet {
  readonly server: MeasuredServer;
  readonly credentials: readonly Credential[];
  /** Of the base64 that a device gets. */
  readonly answerBytes: number;
}

export async function est(): Promise<Report> {
  const load = new LoadGenerator();
  const touchmark = await TouchmarkServer.start();
  const memory = await ForkedServer.start(memoryServer);
  try {
    const everyUse = devices + (rounds + 1) * perRoundKept;
    const secret = await touchmark.newSecret(everyUse);
    const fleet = await enrollFleet(load, touchmark.est, secret);
    const memoryFleet = await enrollFleet(load, memory, memory.started.secret ?? '');
    const bare = await ForkedServer.start(bareServer, { tls: true, postAnswerBytes: fleet.answerBytes });
    try {
      return {
        benchmark: 'est',
        sections: [
          await onNewConnections(load, { touchmark: fleet, memory: memoryFleet, bare }),
          await onKeptConnections(load, { touchmark: fleet, memory: memoryFleet, bare }),
          await withSecrets(load, [
            { name: 'Touchmark', server: touchmark.est, secret },
            { name: 'without registry', server: memory, secret: memory.started.secret ?? '' },
          ]),
        ],
      };
    } finally {
      await bare.close();
    }
  } finally {
    await load.close();
    await memory.close();
    await touchmark.close();
  }
}

interface Servers {
  readonly touchmark: EnrolledFleet;
  readonly memory: EnrolledFleet;
  readonly bare: MeasuredServer;
}

async function onNewConnections(load: LoadGenerator, { touchmark, memory, bare }: Servers): Promise<Section> {
  const plan = { connectionPerRequest: true, concurrency: concurrencyNew };
  const get: LoadRequest[] = Array.from({ length: perRoundNew }, (_, index) => ({
    message: httpGet('/'),
    credential: index % devices,
  }));
  const batches = await renewals(perRoundNew);
  const renewing = (name: string, { server, credentials }: EnrolledFleet): Contender => ({
    name,
    measure: (round) => load.measure(server, { ...plan, credentials, requests: batches[round]! }),
  });
  const [floor, without, full] = await alternate(
    [
      {
        name: 'bare node:https: handshake + GET',
        measure: () => load.measure(bare, { ...plan, credentials: touchmark.credentials, requests: get }),
      },
      renewing('simplereenroll without registry', memory),
      renewing('simplereenroll, Touchmark', touchmark),
    ],
    rounds,
  );
  return {
    title: `A new mutual-TLS connection each, ${concurrencyNew} at a time, ${perRoundNew} per round`,
    series: [floor!, without!, full!],
    findings: [
      { name: 'Touchmark / bare, per server CPU second', value: ratio(full!, floor!), atLeast: 0.85 },
      { name: 'without registry / bare, per server CPU second', value: ratio(without!, floor!) },
      { name: 'Touchmark / bare, wall rate', value: ratio(full!, floor!, byWall) },
    ],
  };
}

async function onKeptConnections(load: LoadGenerator, { touchmark, memory, bare }: Servers): Promise<Section> {
  const plan = { connectionPerRequest: false, concurrency: concurrencyKept };
  const batches = await renewals(perRoundKept);
  const renewing = (name: string, server: MeasuredServer, { credentials }: EnrolledFleet): Contender => ({
    name,
    measure: (round) => load.measure(server, { ...plan, credentials, requests: batches[round]! }),
  });
  const [floor, without, full] = await alternate(
    [
      renewing('bare node:https: POST of the same sizes', bare, touchmark),
      renewing('simplereenroll without registry', memory.server, memory),
      renewing('simplereenroll, Touchmark', touchmark.server, touchmark),
    ],
    rounds,
  );
  return {
    title: `On ${concurrencyKept} kept-alive mutual-TLS connections, ${perRoundKept} per round`,
    series: [floor!, without!, full!],
    findings: [
      { name: 'Touchmark / without registry, wall rate', value: ratio(full!, without!, byWall), atLeast: 0.6 },
      { name: 'Touchmark / without registry, per server CPU second', value: ratio(full!, without!) },
      { name: 'without registry / bare, per server CPU second', value: ratio(without!, floor!) },
    ],
  };
}

async function withSecrets(
  load: LoadGenerator,
  servers: readonly { readonly name: string; readonly server: MeasuredServer; readonly secret: string }[],
): Promise<Section> {
  const batches = await batchesOf(perRoundKept, async (round, index) =>
    toBody((await prepareRequest(`unit-${round}-${index}`)).requestDer),
  );
  const [full, without] = await alternate(
    servers.map(({ name, server, secret }) => ({
      name: `simpleenroll with a counted secret, ${name}`,
      measure: (round: number) =>
        load.measure(server, {
          connectionPerRequest: false,
          concurrency: concurrencyKept,
          credentials: [],
          requests: batches[round]!.map((body) => ({ message: enrollMessage('simpleenroll', body, secret) })),
        }),
    })),
    rounds,
  );
  return {
    title: `First enrollment of new devices, one counted secret, ${concurrencyKept} kept-alive connections`,
    series: [without!, full!],
    findings: [
      { name: 'Touchmark / without registry, wall rate', value: ratio(full!, without!, byWall) },
      { name: 'Touchmark / without registry, per server CPU second', value: ratio(full!, without!) },
    ],
  };
}

/** For each round: every request with a new key, of device `n % devices`. */
function renewals(perRound: number): Promise<LoadRequest[][]> {
  return batchesOf(perRound, async (_, index) => ({
    message: enrollMessage('simplereenroll', toBody((await prepareRequest(deviceId(index % devices))).requestDer)),
    credential: index % devices,
  }));
}

/** What each round sends; round 0 warms up. */
function batchesOf<Item>(perRound: number, make: (round: number, index: number) => Promise<Item>): Promise<Item[][]> {
  return Promise.all(
    Array.from({ length: rounds + 1 }, (_, round) =>
      Promise.all(Array.from({ length: perRound }, (_unused, index) => make(round, index))),
    ),
  );
}

async function enrollFleet(load: LoadGenerator, server: MeasuredServer, secret: string): Promise<EnrolledFleet> {
  const prepared = await Promise.all(Array.from({ length: devices }, (_, index) => prepareRequest(deviceId(index))));
  const { bodies } = await load.run({
    url: server.url,
    caPem: server.caPem,
    credentials: [],
    connectionPerRequest: false,
    concurrency: 8,
    requests: prepared.map(({ requestDer }) => ({
      message: enrollMessage('simpleenroll', toBody(requestDer), secret),
    })),
    timeLimitSeconds: 60,
    keepBodies: true,
  });
  const credentials = prepared.map(({ privateKey }, index) => ({
    certificatePem: certificatePemOf(bodies[index] ?? ''),
    privateKeyPem: privateKey.export({ format: 'pem', type: 'pkcs8' }).toString(),
  }));
  return { server, credentials, answerBytes: bodies[0]?.length ?? 0 };
}

function certificatePemOf(body: string): string {
  const [certificateDer] = parseCertsOnly(new Uint8Array(Buffer.from(body, 'base64'))).certificatesDer;
  if (certificateDer === undefined) throw new Error('The answer has no certificate.');
  return encodePem('CERTIFICATE', certificateDer);
}

function deviceId(index: number): string {
  return `device-${String(index).padStart(4, '0')}`;
}

function enrollMessage(operation: 'simpleenroll' | 'simplereenroll', body: string, secret?: string): Uint8Array {
  const authorization =
    secret === undefined ? '' : `Authorization: Basic ${Buffer.from(`:${secret}`).toString('base64')}\r\n`;
  return httpPost(`/.well-known/est/factory/${operation}`, 'application/pkcs10', body, authorization);
}
