/** What a SCEP server can do (RFC 8894 §3.5.2), and which algorithms follow from it. */
import type { CipherName, CmsDigest } from '@touchmark/cms';
import { ScepError } from './scep-error.ts';

export const caCapabilities = [
  'AES',
  'DES3',
  'GetNextCACert',
  'POSTPKIOperation',
  'Renewal',
  'SHA-1',
  'SHA-256',
  'SHA-512',
  'SCEPStandard',
] as const;

export type CaCapability = (typeof caCapabilities)[number];

/** Keywords; those of the RFC in its spelling, others as they came. */
export type CaCaps = ReadonlySet<string>;

/** What SCEPStandard stands for. */
const standard: readonly CaCapability[] = ['AES', 'POSTPKIOperation', 'SHA-256'];

/** One keyword a line, lines ended in any way, in any case. What cannot be a keyword is left out: it may be an error page. */
export function parseCaCaps(text: string): CaCaps {
  const keywords = text
    .split(/[\r\n]+/)
    .map((line) => line.trim())
    .filter((line) => /^[A-Za-z0-9][A-Za-z0-9_.-]{0,63}$/.test(line));
  return new Set(keywords.map((keyword) => canonical.get(keyword.toLowerCase()) ?? keyword));
}

const canonical: ReadonlyMap<string, CaCapability> = new Map(caCapabilities.map((name) => [name.toLowerCase(), name]));

export function supports(caps: CaCaps, capability: CaCapability): boolean {
  return caps.has(capability) || (caps.has('SCEPStandard') && standard.includes(capability));
}

export interface ScepAlgorithms {
  readonly cipher: CipherName;
  readonly digest: CmsDigest;
}

export interface AlgorithmOptions {
  /** Sign with SHA-1, and accept answers signed with it, where a server knows nothing better. */
  readonly allowSha1?: boolean | undefined;
  /** Of the AES key; 128 unless told otherwise, since `AES` promises no more. */
  readonly aesBits?: 128 | 256 | undefined;
}

/** The best of what both sides have. DES and MD5, which a server means that names nothing, are never used. */
export function chooseAlgorithms(caps: CaCaps, options: AlgorithmOptions): ScepAlgorithms {
  return { cipher: chooseCipher(caps, options), digest: chooseDigest(caps, options) };
}

function chooseCipher(caps: CaCaps, { aesBits = 128 }: AlgorithmOptions): CipherName {
  if (supports(caps, 'AES')) return aesBits === 256 ? 'aes256-CBC' : 'aes128-CBC';
  if (supports(caps, 'DES3')) return 'des-ede3-cbc';
  throw new ScepError(
    'algorithmNotSupported',
    'The server names neither AES nor DES3 among its capabilities, and DES can be read by anybody. Have the server brought up to date.',
  );
}

function chooseDigest(caps: CaCaps, { allowSha1 = false }: AlgorithmOptions): CmsDigest {
  if (supports(caps, 'SHA-256')) return 'sha256';
  if (supports(caps, 'SHA-512')) return 'sha512';
  if (allowSha1) return 'sha1';
  throw new ScepError(
    'algorithmNotSupported',
    'The server names neither SHA-256 nor SHA-512 among its capabilities. Have it brought up to date, or allow SHA-1.',
  );
}
