/** A Node service that accepts devices with the client package's middleware, as a user would write it. */
import { createServer } from 'node:https';
import type { AddressInfo } from 'node:net';
import { createRevocationChecker, requireDevice, serverTlsOptions } from '@touchmark/client';
import type { DeviceRequest } from '@touchmark/client';
import express from 'express';
import { requiredProgram } from './programs.ts';
import { run } from './run.ts';
import type { Device } from './device.ts';

export interface NodeService {
  ask(device: Device): Promise<{ status: number; body: string }>;
  stop(): Promise<void>;
}

export async function startNodeService(options: {
  readonly publicUrl: string;
  readonly chainPem: string;
  readonly certificatePem: string;
  readonly keyPem: string;
}): Promise<NodeService> {
  const revocation = createRevocationChecker({
    roots: options.chainPem,
    crlChainUrl: `${options.publicUrl}/pki/issuing/crl-chain.pem`,
    refreshSeconds: 1,
  });
  const app = express();
  app.use(requireDevice({ revocation }));
  app.get('/', (request, response) => {
    response.type('text/plain').send(`welcome ${(request as unknown as DeviceRequest).device.id}`);
  });
  const tls = serverTlsOptions({ key: options.keyPem, cert: options.certificatePem, ca: options.chainPem });
  const server = createServer(tls, app);
  await new Promise<void>((done) => server.listen(0, '127.0.0.1', done));
  const { port } = server.address() as AddressInfo;
  return {
    async ask(device) {
      // The name in the certificate is not this host's; what is tried here is the client's certificate.
      const { stdout, stderr } = await run(requiredProgram('curl'), [
        '-sSk',
        '--max-time',
        '10',
        ...device.tlsWords(),
        '-w',
        '\n%{http_code}',
        `https://127.0.0.1:${port}/`,
      ]);
      const end = stdout.lastIndexOf('\n');
      if (end < 0) throw new Error(stderr);
      return { status: Number(stdout.slice(end + 1)), body: stdout.slice(0, end) };
    },
    async stop() {
      revocation.close();
      server.closeAllConnections();
      await new Promise((done) => server.close(done));
    },
  };
}
