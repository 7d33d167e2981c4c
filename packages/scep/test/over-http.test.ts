/** Over a real socket: what old equipment speaks, and the limits that are the listener's. */
import { once } from 'node:events';
import { connect } from 'node:net';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { serveHttp } from '@touchmark/http';
import type { HttpListener } from '@touchmark/http';
import { createScepHandler, maxMessageBytes, scepOverloaded } from '../src/index.ts';
import { readCertRep } from './support/cert-rep-reader.ts';
import { buildMessage } from './support/message-builder.ts';
import { requestOf } from './support/requests.ts';
import { ScriptedAuthority } from './support/scripted-authority.ts';
import { createWorld } from './support/world.ts';
import type { World } from './support/world.ts';

let world: World;
let listener: HttpListener;
let message: Uint8Array;
let authority: ScriptedAuthority;

beforeAll(async () => {
  world = await createWorld();
  authority = new ScriptedAuthority(world);
  listener = await serveHttp({
    listen: { host: '127.0.0.1', port: 0 },
    handler: createScepHandler(authority),
    overloaded: scepOverloaded,
  });
  message = buildMessage({ signer: world.device, recipient: world.ra, content: await requestOf(world.device, 's') });
});

afterAll(() => listener.close({ drainSeconds: 0 }));

interface Answer {
  readonly head: string;
  readonly body: Uint8Array;
}

/** Writes octets and reads until the server ends the connection, which it must do by itself. */
async function exchange(head: string, body: Uint8Array = new Uint8Array(0)): Promise<Answer> {
  const socket = connect({ host: '127.0.0.1', port: listener.port, allowHalfOpen: true });
  await once(socket, 'connect');
  socket.write(Buffer.concat([Buffer.from(head, 'latin1'), body]));
  const chunks: Buffer[] = [];
  for await (const chunk of socket) chunks.push(chunk as Buffer);
  socket.destroy();
  const all = Buffer.concat(chunks);
  const end = all.indexOf('\r\n\r\n');
  return { head: all.toString('latin1', 0, end), body: new Uint8Array(all.subarray(end + 4)) };
}

async function statusOf({ head, body }: Answer): Promise<string | undefined> {
  const status = Number(/^HTTP\/1\.1 (\d{3}) /.exec(head)?.[1]);
  return (await readCertRep({ status, headers: [], body }, world.device, world.ra)).pkiStatus;
}

describe('HTTP/1.0 without a Host field (Cisco IOS, sscep)', () => {
  it('GetCACaps is answered and the connection closed', async () => {
    const { head, body } = await exchange(
      'GET /scep/factory/pkiclient.exe?operation=GetCACaps&message=0 HTTP/1.0\r\n\r\n',
    );
    expect(head).toMatch(/^HTTP\/1\.1 200 OK\r\nContent-Type: text\/plain\r\nContent-Length: \d+\r\n/);
    expect(head).toMatch(/\r\nConnection: close(?:\r\n|$)/);
    expect(head).not.toContain('Transfer-Encoding');
    expect(Buffer.from(body).toString('latin1')).toMatch(/^AES\n(?:[A-Za-z0-9-]+\n)*SCEPStandard$/);
  });

  it('a PKIOperation by GET is answered, with + as it is', async () => {
    const base64 = Buffer.from(message).toString('base64');
    const target = `/scep/factory/pkiclient.exe?operation=PKIOperation&message=${base64}`;
    const answer = await exchange(`GET ${target} HTTP/1.0\r\n\r\n`);
    expect(answer.head).toContain('\r\nContent-Type: application/x-pki-message\r\n');
    expect(await statusOf(answer)).toBe('0');
  });

  it('a PKIOperation by POST is answered, without a Content-Type', async () => {
    const head = `POST /scep/factory?operation=PKIOperation HTTP/1.0\r\nContent-Length: ${message.length}\r\n\r\n`;
    expect(await statusOf(await exchange(head, message))).toBe('0');
  });
});

describe('HTTP/1.1', () => {
  it('a PKIOperation in chunks is answered', async () => {
    const head =
      'POST /scep/factory?operation=PKIOperation HTTP/1.1\r\nHost: pki\r\nConnection: close\r\n' +
      'Transfer-Encoding: chunked\r\n\r\n';
    const half = Math.floor(message.length / 2);
    const chunk = (octets: Uint8Array): Buffer =>
      Buffer.concat([Buffer.from(`${octets.length.toString(16)}\r\n`), octets, Buffer.from('\r\n')]);
    const body = Buffer.concat([
      chunk(message.subarray(0, half)),
      chunk(message.subarray(half)),
      Buffer.from('0\r\n\r\n'),
    ]);
    expect(await statusOf(await exchange(head, body))).toBe('0');
  });
});

describe('limits', () => {
  it('a message of 11 KiB fits into the header section of a GET', async () => {
    const others = Array.from({ length: 8 }, () => world.enrolled.certificate.der);
    const large = buildMessage({
      signer: world.device,
      recipient: world.ra,
      content: await requestOf(world.device, 's'),
      certificatesDer: [world.device.certificate.der, ...others],
    });
    const parameter = encodeURIComponent(Buffer.from(large).toString('base64'));
    expect(parameter.length).toBeGreaterThan(9 * 1024);
    const answer = await exchange(
      `GET /scep/factory?operation=PKIOperation&message=${parameter} HTTP/1.1\r\nHost: pki\r\nConnection: close\r\n\r\n`,
    );
    expect(await statusOf(answer)).toBe('0');
  });

  it('one of 20 KiB does not, and is 431', async () => {
    const target = `/scep/factory?operation=PKIOperation&message=${'A'.repeat(20 * 1024)}`;
    const { head } = await exchange(`GET ${target} HTTP/1.1\r\nHost: pki\r\n\r\n`);
    expect(head).toMatch(/^HTTP\/1\.1 431 /);
  });

  it('a body of more than 256 KiB is 413 before it is read', async () => {
    const { head, body } = await exchange(
      `POST /scep/factory?operation=PKIOperation HTTP/1.1\r\nHost: pki\r\nContent-Length: ${maxMessageBytes + 1}\r\n\r\n`,
    );
    expect(head).toMatch(/^HTTP\/1\.1 413 /);
    expect(head).toContain('\r\nTouchmark-Reason: requestTooLarge\r\n');
    expect(Buffer.from(body).toString()).toContain('262144 bytes');
  });
});
