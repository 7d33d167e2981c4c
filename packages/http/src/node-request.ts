/** A node:http request as the neutral `HttpRequest`. */
import { randomFillSync } from 'node:crypto';
import type { IncomingMessage } from 'node:http';
import type { BodyReader } from './body-reader.ts';
import type { Connection } from './connection.ts';
import type { HttpRequest, TlsConnection } from './message.ts';

export class NodeRequest implements HttpRequest {
  readonly method: string;
  readonly path: string;
  readonly rawQuery: string | undefined;
  readonly body: BodyReader;
  readonly #incoming: IncomingMessage;
  readonly #connection: Connection;
  #id: string | undefined;
  #headers: ReadonlyMap<string, string> | undefined;

  constructor(incoming: IncomingMessage, connection: Connection, body: BodyReader) {
    this.#incoming = incoming;
    this.#connection = connection;
    this.body = body;
    this.method = incoming.method ?? '';
    const target = originForm(incoming.url ?? '');
    const query = target.indexOf('?');
    this.path = query === -1 ? target : target.slice(0, query);
    this.rawQuery = query === -1 ? undefined : target.slice(query + 1);
  }

  /** Made when first asked for: the hot routes do not need one. */
  get id(): string {
    return (this.#id ??= newRequestId());
  }

  get headers(): ReadonlyMap<string, string> {
    return (this.#headers ??= joinFields(this.#incoming.rawHeaders));
  }

  get remoteAddress(): string {
    return this.#connection.remoteAddress;
  }

  get tls(): TlsConnection | undefined {
    return this.#connection.tls;
  }

  readBody(limitBytes: number): Promise<Uint8Array> {
    return this.body.read(limitBytes);
  }
}

const idLength = 16;
/** Drawn for many ids at once: a call to the generator costs more than the rest of the id. */
const randomOctets = Buffer.alloc(256 * idLength);
let nextOctet = randomOctets.length;

/** 16 characters, 80 random bits, safe in headers, logs and URLs. */
export function newRequestId(): string {
  const alphabet = 'abcdefghijklmnopqrstuvwxyz234567';
  if (nextOctet === randomOctets.length) {
    randomFillSync(randomOctets);
    nextOctet = 0;
  }
  let id = '';
  for (const end = nextOctet + idLength; nextOctet < end; nextOctet++) {
    id += alphabet.charAt((randomOctets[nextOctet] ?? 0) & 31);
  }
  return id;
}

/** RFC 9112 §3.2.2: a server accepts the absolute form too. Nothing is decoded or normalized. */
function originForm(target: string): string {
  if (target.startsWith('/')) return target;
  const match = /^https?:\/\/[^/?]*(.*)$/i.exec(target);
  if (match === null) return target;
  const rest = match[1] ?? '';
  return rest.startsWith('/') ? rest : `/${rest}`;
}

/** RFC 9110 §5.3. Node would silently drop a second Authorization; here it stays visible, and fails to parse. */
function joinFields(rawHeaders: readonly string[]): ReadonlyMap<string, string> {
  const fields = new Map<string, string>();
  for (let i = 0; i + 1 < rawHeaders.length; i += 2) {
    const name = (rawHeaders[i] ?? '').toLowerCase();
    const value = rawHeaders[i + 1] ?? '';
    const before = fields.get(name);
    fields.set(name, before === undefined ? value : `${before}, ${value}`);
  }
  return fields;
}
