/**
 * Requests to servers that settings name: to addresses that the policy lets through and that were looked up once, without
 * redirects and proxies, TLS verified, the answer bounded in time and size. Each has a connection of its own.
 */
import { lookup } from 'node:dns/promises';
import type { LookupAddress } from 'node:dns';
import { request as requestHttp } from 'node:http';
import type { ClientRequest, IncomingHttpHeaders, IncomingMessage, RequestOptions } from 'node:http';
import { request as requestHttps } from 'node:https';
import { isIP } from 'node:net';
import type { LookupFunction } from 'node:net';
import { isLoopback, mayBeAsked } from './address-policy.ts';

export interface OutgoingRequest {
  readonly url: URL;
  readonly method: 'GET' | 'POST';
  readonly headers: Readonly<Record<string, string>>;
  readonly body?: string;
}

export interface OutgoingPolicy {
  /** PEM of the only CAs that count; undefined: those that Node.js knows. */
  readonly caCertificates?: string | undefined;
  readonly allowPrivateAddresses: boolean;
  readonly maxAnswerOctets: number;
}

export interface OutgoingAnswer {
  readonly status: number;
  readonly headers: IncomingHttpHeaders;
  /** UTF-8. */
  readonly body: string;
}

/** Why there is no answer. The message names the host and nothing of what was sent; it is for the operator. */
export class OutgoingError extends Error {
  readonly kind: 'notFound' | 'addressRefused' | 'timeout' | 'connection' | 'answerUnreadable';

  constructor(kind: OutgoingError['kind'], message: string, options?: ErrorOptions) {
    super(message, options);
    this.name = 'OutgoingError';
    this.kind = kind;
  }
}

/**
 * @param signal ends it, from the look-up of the name to the last octet of the answer
 * @throws OutgoingError
 */
export async function exchange(
  outgoing: OutgoingRequest,
  policy: OutgoingPolicy,
  signal: AbortSignal,
): Promise<OutgoingAnswer> {
  const { host } = outgoing.url;
  try {
    const addresses = await beforeAbort(findAddresses(outgoing.url, policy), signal);
    return await ask(outgoing, policy, addresses, signal);
  } catch (error) {
    if (signal.aborted) throw new OutgoingError('timeout', `${host} did not answer in time.`, { cause: error });
    if (error instanceof OutgoingError) throw error;
    throw new OutgoingError('connection', `The exchange with ${host} failed.`, { cause: error });
  }
}

async function findAddresses({ hostname, host, protocol }: URL, policy: OutgoingPolicy): Promise<LookupAddress[]> {
  const name = hostname.replace(/^\[|\]$/g, '');
  const found = isIP(name) === 0 ? await lookUp(name, host) : [{ address: name, family: isIP(name) }];
  const allowed = found.filter(({ address }) => mayAnswer(address, protocol, policy));
  if (allowed.length > 0) return allowed;
  throw refusedAddress(host, protocol);
}

async function lookUp(name: string, host: string): Promise<LookupAddress[]> {
  try {
    return await lookup(name, { all: true });
  } catch (error) {
    throw new OutgoingError('notFound', `The name of ${host} cannot be looked up.`, { cause: error });
  }
}

/** Plain HTTP does not leave the host. */
function mayAnswer(address: string, protocol: string, { allowPrivateAddresses }: OutgoingPolicy): boolean {
  return protocol === 'http:' ? isLoopback(address) : mayBeAsked(address, allowPrivateAddresses);
}

function refusedAddress(host: string, protocol: string): OutgoingError {
  const why =
    protocol === 'http:'
      ? 'plain HTTP is for loopback addresses alone'
      : 'private and loopback addresses are asked with allowPrivateAddresses alone, those of the link, of groups and of documentation never';
  return new OutgoingError('addressRefused', `${host} is not asked for the address that it has: ${why}.`);
}

async function ask(
  { url, method, headers, body }: OutgoingRequest,
  policy: OutgoingPolicy,
  addresses: readonly LookupAddress[],
  signal: AbortSignal,
): Promise<OutgoingAnswer> {
  const options: RequestOptions = {
    method,
    headers: {
      accept: 'application/json',
      'accept-encoding': 'identity',
      ...headers,
      ...(body !== undefined && { 'content-length': Buffer.byteLength(body) }),
    },
    agent: false,
    lookup: answering(addresses),
    signal,
  };
  const request =
    url.protocol === 'http:'
      ? requestHttp(url, options)
      : // Whatever the environment says of unverified certificates.
        requestHttps(url, { ...options, ca: policy.caCertificates, rejectUnauthorized: true, minVersion: 'TLSv1.2' });
  request.once('socket', (socket) => {
    // Before anything was sent: over TLS, the handshake has not begun.
    socket.once('connect', () => {
      if (mayAnswer(socket.remoteAddress ?? '', url.protocol, policy)) return;
      request.destroy(refusedAddress(url.host, url.protocol));
    });
  });
  const incoming = await responseTo(request, body);
  try {
    return {
      status: incoming.statusCode ?? 0,
      headers: incoming.headers,
      body: await readBody(incoming, url.host, policy.maxAnswerOctets),
    };
  } finally {
    incoming.destroy();
  }
}

function responseTo(request: ClientRequest, body: string | undefined): Promise<IncomingMessage> {
  return new Promise((resolve, reject) => {
    request.once('response', resolve);
    // Also after the answer has begun: an error that nobody listens to would end the process.
    request.on('error', reject);
    request.end(body);
  });
}

async function readBody(incoming: IncomingMessage, host: string, maxOctets: number): Promise<string> {
  const unreadable = (why: string): OutgoingError =>
    new OutgoingError('answerUnreadable', `The answer of ${host} ${why}.`);
  if (incoming.headers['content-encoding'] !== undefined) throw unreadable('is compressed, which was not asked for');
  const chunks: Buffer[] = [];
  let length = 0;
  for await (const chunk of incoming as AsyncIterable<Buffer>) {
    length += chunk.length;
    if (length > maxOctets) throw unreadable(`has more than ${maxOctets} octets`);
    chunks.push(chunk);
  }
  try {
    return new TextDecoder('utf-8', { fatal: true }).decode(Buffer.concat(chunks));
  } catch {
    throw unreadable('is not UTF-8');
  }
}

/** What was looked up and let through is what is connected to: a second look-up could find another address. */
function answering(addresses: readonly LookupAddress[]): LookupFunction {
  return (_name, { all }, callback) => {
    const [first] = addresses;
    if (all === true) callback(null, [...addresses]);
    else callback(null, first?.address ?? '', first?.family);
  };
}

/** `work`, unless the signal comes first. */
export function beforeAbort<T>(work: Promise<T>, signal: AbortSignal): Promise<T> {
  return new Promise((resolve, reject) => {
    const abort = (): void => reject(new OutgoingError('timeout', 'It took too long.'));
    if (signal.aborted) abort();
    signal.addEventListener('abort', abort, { once: true });
    work.then(resolve, reject).finally(() => signal.removeEventListener('abort', abort));
  });
}
