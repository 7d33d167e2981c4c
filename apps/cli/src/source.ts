/** Where a certificate or a CRL to look at comes from: a file, standard input, a URL, a TLS server. */
import { request as httpRequest } from 'node:http';
import { request as httpsRequest } from 'node:https';
import { isIP } from 'node:net';
import { connect } from 'node:tls';
import { decodePem, fromBase64, isPem } from '@touchmark/asn1';
import { CliFailure, messageOf } from './failure.ts';
import { readInput } from './files.ts';
import type { Io } from './io.ts';

const timeoutMilliseconds = 15_000;
const largestDownload = 256 * 1024 * 1024;

/** The DER of every block with this label; DER and bare base64 hold one. */
export async function loadDer(io: Io, source: string, label: 'CERTIFICATE' | 'X509 CRL'): Promise<Uint8Array[]> {
  if (label === 'CERTIFICATE' && isServer(source)) return presentedChain(new URL(source));
  return decode(isUrl(source) ? await download(new URL(source)) : await readInput(io, source), label, source);
}

export function isUrl(source: string): boolean {
  return /^https?:\/\//i.test(source) && URL.canParse(source);
}

/** Plain GET without redirects. A CRL or certificate is signed: what matters of it is verified elsewhere. */
export function download(url: URL): Promise<Uint8Array> {
  const request = url.protocol === 'https:' ? httpsRequest : httpRequest;
  return new Promise((resolve, reject) => {
    const fail = (reason: string): void => reject(new CliFailure('unreachable', `${url.href}: ${reason}.`));
    const outgoing = request(url, { agent: false, timeout: timeoutMilliseconds }, (incoming) => {
      if (incoming.statusCode !== 200) {
        incoming.resume();
        reject(
          new CliFailure(
            incoming.statusCode === 404 ? 'notFound' : 'failed',
            `${url.href} answered ${incoming.statusCode}.`,
          ),
        );
        return;
      }
      const chunks: Buffer[] = [];
      let length = 0;
      incoming.on('data', (chunk: Buffer) => {
        chunks.push(chunk);
        length += chunk.length;
        if (length > largestDownload) outgoing.destroy(new Error('the answer is too large'));
      });
      incoming.on('end', () => resolve(Buffer.concat(chunks)));
      incoming.on('error', (error) => fail(messageOf(error)));
    });
    outgoing.on('timeout', () => outgoing.destroy(new Error('no answer in time')));
    outgoing.on('error', (error) => fail(messageOf(error)));
    outgoing.end();
  });
}

/** The certificates that a TLS server presents, leaf first. Nothing is verified: this is for looking at them. */
function presentedChain(url: URL): Promise<Uint8Array[]> {
  const host = url.hostname.replace(/^\[|\]$/g, '');
  return new Promise((resolve, reject) => {
    const socket = connect({
      host,
      port: Number(url.port || 443),
      ...(isIP(host) === 0 && { servername: host }),
      rejectUnauthorized: false,
      timeout: timeoutMilliseconds,
    });
    socket.once('secureConnect', () => {
      const chain: Uint8Array[] = [];
      for (let next = socket.getPeerX509Certificate(); next !== undefined; next = next.issuerCertificate)
        chain.push(next.raw);
      socket.destroy();
      resolve(chain);
    });
    socket.once('timeout', () => socket.destroy(new Error('no answer in time')));
    socket.once('error', (error) => reject(new CliFailure('unreachable', `${url.host}: ${messageOf(error)}.`)));
  });
}

function isServer(source: string): boolean {
  return /^https:\/\/[^/?#]+\/?$/i.test(source) && URL.canParse(source);
}

function decode(bytes: Uint8Array, label: string, source: string): Uint8Array[] {
  try {
    if (isPem(bytes)) return blocksOf(bytes, label, source);
    // DER starts with the SEQUENCE's identifier octet, base64 of it with "MI".
    return [bytes[0] === 0x30 ? bytes : fromBase64(Buffer.from(bytes).toString('latin1').replaceAll(/\s/g, ''))];
  } catch (error) {
    if (error instanceof CliFailure) throw error;
    throw new CliFailure('failed', `${source} is neither PEM nor DER nor base64: ${messageOf(error)}`);
  }
}

function blocksOf(bytes: Uint8Array, label: string, source: string): Uint8Array[] {
  const blocks = decodePem(Buffer.from(bytes).toString('utf8'));
  const wanted = blocks.filter((block) => block.label === label);
  if (wanted.length > 0) return wanted.map((block) => block.bytes);
  const found = blocks.map((block) => block.label).join(', ') || 'nothing';
  throw new CliFailure('failed', `${source} holds ${found}, no ${label}.`);
}
