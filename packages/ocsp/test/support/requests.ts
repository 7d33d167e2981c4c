/** OCSP requests written by hand, so that every octet of them can be wrong. */
import { der, readWhole, rfc6960, rfc8017, tag } from '@touchmark/asn1';
import { sha1, sha256 } from '@touchmark/crypto';
import type { Identity } from './pki.ts';

export type HashName = 'sha1' | 'sha256';

export function certIdFor(
  issuer: Identity,
  serialNumber: Uint8Array,
  hashName: HashName = 'sha1',
  withNull = true,
): Uint8Array {
  const hash = hashName === 'sha1' ? sha1 : sha256;
  const info = readWhole(issuer.signer.subjectPublicKeyInfoDer);
  info.element(tag.sequence);
  return der.sequence(
    der.sequence(der.oid(rfc8017[`id-${hashName}`]), ...(withNull ? [der.null()] : [])),
    der.octetString(hash(issuer.nameDer)),
    der.octetString(hash(info.bitString().bytes)),
    der.integerBytes(serialNumber),
  );
}

export interface RequestParts {
  readonly version?: Uint8Array;
  readonly requestorName?: Uint8Array;
  readonly requests: readonly Uint8Array[];
  readonly extensions?: readonly Uint8Array[];
  readonly signature?: Uint8Array;
}

export function encodeRequest(parts: RequestParts): Uint8Array {
  const tbsRequest = der.sequence(
    parts.version ?? new Uint8Array(0),
    parts.requestorName ?? new Uint8Array(0),
    der.sequence(...parts.requests),
    parts.extensions === undefined ? new Uint8Array(0) : der.explicit(2, der.sequence(...parts.extensions)),
  );
  return der.sequence(tbsRequest, parts.signature ?? new Uint8Array(0));
}

/** `Request` around a CertID. */
export function single(certIdDer: Uint8Array, ...extensions: readonly Uint8Array[]): Uint8Array {
  return der.sequence(
    certIdDer,
    extensions.length === 0 ? new Uint8Array(0) : der.explicit(0, der.sequence(...extensions)),
  );
}

export function requestExtension(oid: string, value: Uint8Array, critical?: boolean): Uint8Array {
  return der.sequence(
    der.oid(oid),
    critical === undefined ? new Uint8Array(0) : der.boolean(critical),
    der.octetString(value),
  );
}

export function nonceExtension(nonce: Uint8Array): Uint8Array {
  return requestExtension(rfc6960['id-pkix-ocsp-nonce'], der.octetString(nonce));
}

/** As far as requests go: one CertID and perhaps a nonce. */
export function simpleRequest(certIdDer: Uint8Array, nonce?: Uint8Array): Uint8Array {
  return encodeRequest({
    requests: [single(certIdDer)],
    ...(nonce === undefined ? {} : { extensions: [nonceExtension(nonce)] }),
  });
}
