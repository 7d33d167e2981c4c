/** PKCS #10 requests put together part by part, so that each part can be wrong; signed with a real key unless told otherwise. */
import { der, rfc2985 } from '@touchmark/asn1';
import { createSoftwareSigner } from '@touchmark/crypto';
import type { Signer } from '@touchmark/crypto';
import { testKeyPair } from '@touchmark/testkit';
import { encodeName, encodeSigned } from '@touchmark/x509';

export interface CraftedParts {
  readonly version?: Uint8Array;
  readonly subject?: Uint8Array;
  readonly subjectPublicKeyInfo?: Uint8Array;
  /** Whole attributes; empty unless told otherwise. */
  readonly attributes?: readonly Uint8Array[];
  readonly algorithmIdentifier?: Uint8Array;
  readonly signature?: Uint8Array;
  readonly signer?: Signer;
}

export const deviceSubject = encodeName([{ attribute: 'commonName', value: 'device-0042' }]);

export async function deviceSigner(keyAlgorithm: Parameters<typeof testKeyPair>[0] = 'ec-p256'): Promise<Signer> {
  return createSoftwareSigner((await testKeyPair(keyAlgorithm)).privateKey);
}

export async function craftRequest(parts: CraftedParts = {}): Promise<Uint8Array> {
  const signer = parts.signer ?? (await deviceSigner());
  const info = craftInfo(parts, signer);
  const signature = parts.signature ?? (await signer.sign(info));
  return encodeSigned(info, parts.algorithmIdentifier ?? signer.algorithm.algorithmIdentifierDer, signature);
}

export function craftInfo(parts: CraftedParts, signer: Signer): Uint8Array {
  return der.sequence(
    parts.version ?? der.integer(0),
    parts.subject ?? deviceSubject,
    parts.subjectPublicKeyInfo ?? signer.subjectPublicKeyInfoDer,
    der.context(0, { constructed: true }, ...(parts.attributes ?? [])),
  );
}

export function attribute(oid: string, ...values: readonly Uint8Array[]): Uint8Array {
  return der.sequence(der.oid(oid), der.set(...values));
}

export function extensionRequest(...extensionsDer: readonly Uint8Array[]): Uint8Array {
  return attribute(rfc2985['pkcs-9-at-extensionRequest'], der.sequence(...extensionsDer));
}
