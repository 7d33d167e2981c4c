/** The floor: node:http or node:https that reads what comes and answers a fixed number of octets. */
import { constants } from 'node:crypto';
import { createServer as createHttpServer } from 'node:http';
import type { RequestListener } from 'node:http';
import { createServer as createHttpsServer } from 'node:https';
import type { AddressInfo } from 'node:net';
import { createTestAuthority } from '@touchmark/testkit';
import { answerQuestions, ownCpuSeconds } from '../support/forked-program.ts';
import type { StartedServer } from '../support/measured-server.ts';

export interface BareServerOptions {
  readonly tls: boolean;
  /** Of the answer to a POST. */
  readonly postAnswerBytes: number;
}

type Question = ({ readonly kind: 'start' } & BareServerOptions) | { readonly kind: 'cpuSeconds' };

answerQuestions(async (question: Question) => {
  switch (question.kind) {
    case 'start':
      return question.tls ? startTls(answerWith(question)) : startPlain(answerWith(question));
    case 'cpuSeconds':
      return ownCpuSeconds();
  }
});

function answerWith({ postAnswerBytes }: BareServerOptions): RequestListener {
  const postAnswer = 'x'.repeat(postAnswerBytes);
  return (incoming, outgoing) => {
    const answer = (body: string): void => {
      outgoing.writeHead(200, { 'Content-Type': 'application/octet-stream', 'Content-Length': body.length });
      outgoing.end(body);
    };
    if (incoming.method === 'GET') return answer('ok');
    const chunks: Buffer[] = [];
    incoming.on('data', (chunk: Buffer) => chunks.push(chunk));
    incoming.on('end', () => {
      Buffer.concat(chunks);
      answer(postAnswer);
    });
  };
}

async function startPlain(listener: RequestListener): Promise<StartedServer> {
  const server = createHttpServer({ noDelay: true }, listener);
  await new Promise<void>((listening) => server.listen(0, '127.0.0.1', listening));
  return { url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`, caPem: '' };
}

/** TLS as the EST listener has it: a P-256 leaf and its issuer, any client certificate, no resumption. */
async function startTls(listener: RequestListener): Promise<StartedServer> {
  const authority = await createTestAuthority({ name: 'Bare' });
  const leaf = await authority.issue({
    subject: [{ attribute: 'commonName', value: 'localhost' }],
    subjectAltNames: [
      { kind: 'dns', value: 'localhost' },
      { kind: 'ip', value: '127.0.0.1' },
    ],
    extendedKeyUsage: ['1.3.6.1.5.5.7.3.1'],
  });
  const [issuingPem = '', rootPem = ''] = authority.chainPem.split(/(?<=-----END CERTIFICATE-----\n)/);
  const server = createHttpsServer(
    {
      key: leaf.privateKeyPem,
      cert: leaf.certificatePem + issuingPem,
      ca: [],
      requestCert: true,
      rejectUnauthorized: false,
      minVersion: 'TLSv1.2',
      maxVersion: 'TLSv1.3',
      honorCipherOrder: true,
      secureOptions: constants.SSL_OP_NO_TICKET | constants.SSL_OP_NO_RENEGOTIATION,
      ALPNProtocols: ['http/1.1', 'http/1.0'],
      noDelay: true,
    },
    listener,
  );
  await new Promise<void>((listening) => server.listen(0, '127.0.0.1', listening));
  return { url: `https://127.0.0.1:${(server.address() as AddressInfo).port}`, caPem: rootPem };
}
