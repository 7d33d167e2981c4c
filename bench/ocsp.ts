/** OCSP over plain HTTP beside bare node:http, and signing answers in process beside the least that it can cost. */
import { decodePem, der, rfc6960, toHex } from '@touchmark/asn1';
import type { SerialStatus } from '@touchmark/ca';
import { parseCertsOnly } from '@touchmark/cms';
import { createSoftwareSigner } from '@touchmark/crypto';
import { createOcspResponder } from '@touchmark/ocsp';
import { createTestAuthority, testSerialNumber } from '@touchmark/testkit';
import { parseCertificate } from '@touchmark/x509';
import { alternate, measureHere } from './support/alternate.ts';
import type { Contender } from './support/alternate.ts';
import { httpPost, LoadGenerator } from './support/load.ts';
import type { LoadRequest } from './support/load.ts';
import { ForkedServer } from './support/measured-server.ts';
import { OcspFloor } from './support/ocsp-floor.ts';
import { OcspRequests } from './support/ocsp-requests.ts';
import { byWall, ratio } from './support/report.ts';
import type { Report, Section } from './support/report.ts';
import { prepareRequest, toBody } from './support/requests.ts';
import { TouchmarkServer } from './support/touchmark-server.ts';

const rounds = 5;
const certificates = 200;
const perRoundHttp = 10_000;
const concurrency = 32;
const perRoundInProcess = 5_000;

const bareServer = new URL('./programs/bare-server.ts', import.meta.url);

export async function ocsp(): Promise<Report> {
  return { benchmark: 'ocsp', sections: [await overHttp(), await inProcess()] };
}

async function overHttp(): Promise<Section> {
  const load = new LoadGenerator();
  const touchmark = await TouchmarkServer.start();
  try {
    const { requests, serialNumbers } = await enrollSome(load, touchmark);
    const messages = (make: (serialNumber: Uint8Array) => Uint8Array): LoadRequest[] =>
      Array.from({ length: perRoundHttp }, (_, index) => ({
        message: httpPost(
          '/ocsp/issuing',
          'application/ocsp-request',
          make(serialNumbers[index % serialNumbers.length]!),
        ),
      }));
    const plain = messages((serialNumber) => requests.plain(serialNumber));
    const withNonce = messages((serialNumber) => requests.withNonce(serialNumber));
    const plan = { connectionPerRequest: false, concurrency, credentials: [] };
    const { status } = touchmark;
    const { bodies } = await load.run({
      ...plan,
      url: status.url,
      caPem: '',
      requests: plain.slice(0, 1),
      concurrency: 1,
      timeLimitSeconds: 10,
      keepBodies: true,
    });
    const bare = await ForkedServer.start(bareServer, { tls: false, postAnswerBytes: bodies[0]!.length });
    try {
      const [floor, cached, signed] = await alternate(
        [
          {
            name: 'bare node:http: POST of the same sizes',
            measure: () => load.measure(bare, { ...plan, requests: plain }),
          },
          { name: 'cached answers', measure: () => load.measure(status, { ...plan, requests: plain }) },
          { name: 'with a nonce, signed each', measure: () => load.measure(status, { ...plan, requests: withNonce }) },
        ],
        rounds,
      );
      return {
        title: `POST /ocsp on ${concurrency} kept-alive connections, ${perRoundHttp} per round`,
        series: [floor!, cached!, signed!],
        findings: [
          { name: 'cached / bare, per server CPU second', value: ratio(cached!, floor!), atLeast: 0.8 },
          { name: 'cached / bare, wall rate', value: ratio(cached!, floor!, byWall) },
          { name: 'signed / bare, per server CPU second', value: ratio(signed!, floor!) },
        ],
      };
    } finally {
      await bare.close();
    }
  } finally {
    await load.close();
    await touchmark.close();
  }
}

/** Certificates to ask about. */
async function enrollSome(
  load: LoadGenerator,
  touchmark: TouchmarkServer,
): Promise<{ readonly requests: OcspRequests; readonly serialNumbers: readonly Uint8Array[] }> {
  const secret = await touchmark.newSecret(certificates);
  const authorization = `Authorization: Basic ${Buffer.from(`:${secret}`).toString('base64')}\r\n`;
  const prepared = await Promise.all(
    Array.from({ length: certificates }, (_, index) => prepareRequest(`device-${index}`)),
  );
  const { bodies } = await load.run({
    url: touchmark.est.url,
    caPem: touchmark.est.caPem,
    credentials: [],
    connectionPerRequest: false,
    concurrency: 8,
    requests: prepared.map(({ requestDer }) => ({
      message: httpPost(
        '/.well-known/est/factory/simpleenroll',
        'application/pkcs10',
        toBody(requestDer),
        authorization,
      ),
    })),
    timeLimitSeconds: 60,
    keepBodies: true,
  });
  const chain = await (await fetch(`${touchmark.touchmark.firstRun.publicUrl}/pki/issuing/chain.pem`)).text();
  const [issuing] = decodePem(chain).map(({ bytes }) => parseCertificate(bytes));
  const serialNumbers = bodies.map((body) => {
    const [certificateDer] = parseCertsOnly(new Uint8Array(Buffer.from(body, 'base64'))).certificatesDer;
    return parseCertificate(certificateDer!).serialNumber;
  });
  return { requests: new OcspRequests(issuing!), serialNumbers };
}

/** A responder over statuses in memory, and beside it: take the serial number from its place, splice, sign. */
async function inProcess(): Promise<Section> {
  const authority = await createTestAuthority();
  const delegate = await authority.issue({
    subject: [{ attribute: 'commonName', value: 'OCSP responder' }],
    extendedKeyUsage: [rfc6960['id-kp-OCSPSigning']],
    extensionsDer: [der.sequence(der.oid(rfc6960['id-pkix-ocsp-nocheck']), der.octetString(der.null()))],
  });
  const serialNumbers = Array.from({ length: certificates }, () => testSerialNumber());
  const statuses = new Map<string, SerialStatus>(
    serialNumbers.map((serialNumber) => [
      toHex(serialNumber),
      { certificateId: toHex(serialNumber), notAfter: new Date(Date.now() + 86_400_000), revocation: undefined },
    ]),
  );
  const source = { signer: createSoftwareSigner(delegate.privateKey), certificateDer: delegate.certificateDer };
  const responder = createOcspResponder({
    authority: { id: 'issuing', certificateDer: authority.issuing.certificateDer },
    statuses: {
      findStatuses: async (_authorityId, serials) =>
        new Map(serials.flatMap((serial) => (statuses.has(serial) ? [[serial, statuses.get(serial)!]] : []))),
    },
    responder: () => source,
    clock: { now: () => new Date() },
    onError: (error) => console.error(error),
  });
  const requests = new OcspRequests(authority.issuing.certificate);
  const of = (make: (serialNumber: Uint8Array) => Uint8Array): Uint8Array[] =>
    Array.from({ length: perRoundInProcess }, (_, index) => make(serialNumbers[index % serialNumbers.length]!));
  const withNonce = of((serialNumber) => requests.withNonce(serialNumber));
  const plain = of((serialNumber) => requests.plain(serialNumber));
  const floor = new OcspFloor(delegate, statuses);
  const answering = (name: string, requestsDer: readonly Uint8Array[]): Contender => ({
    name,
    measure: () =>
      measureHere(async () => {
        for (const requestDer of requestsDer) {
          const { kind } = await responder.respond(requestDer);
          if (kind !== 'signed') throw new Error('The responder refused.');
        }
        return requestsDer.length;
      }),
  });
  const [least, signed, cached] = await alternate(
    [
      {
        name: 'floor: find the serial number, splice, sign',
        measure: () =>
          measureHere(async () => {
            for (const requestDer of withNonce) floor.respond(requestDer);
            return withNonce.length;
          }),
      },
      answering('with a nonce, signed each', withNonce),
      answering('cached answers', plain),
    ],
    rounds,
  );
  return {
    title: `Answers in process, ${perRoundInProcess} per round`,
    series: [least!, signed!, cached!],
    findings: [{ name: 'signed / floor', value: ratio(signed!, least!), atLeast: 0.7 }],
  };
}
