/** How the key of the content is brought to a recipient with an RSA key (RFC 3370 §4.2.1, RFC 3560). */
import { contextTag, der, readWhole, rfc8017, tag } from '@touchmark/asn1';
import { CmsError } from './cms-error.ts';
import { findDigest } from './digest-algorithm.ts';
import type { CmsDigest } from './digest-algorithm.ts';

export type KeyTransport =
  | { readonly kind: 'RSAES-PKCS1-v1_5' }
  /** The mask generation function digests as the label does, the label is empty. */
  | { readonly kind: 'RSAES-OAEP'; readonly digest: CmsDigest };

/** Throws CmsError `algorithmNotSupported` and Asn1Error. */
export function parseKeyTransport(algorithmIdentifierDer: Uint8Array): KeyTransport {
  const algorithm = readWhole(algorithmIdentifierDer);
  const oid = algorithm.oid();
  if (oid === rfc8017.rsaEncryption) return { kind: 'RSAES-PKCS1-v1_5' };
  if (oid !== rfc8017['id-RSAES-OAEP']) throw notSupported(oid);
  // RSAES-OAEP-params (RFC 4055 §4.1): absent means SHA-1 throughout.
  const parameters = algorithm.done ? undefined : algorithm.enter(tag.sequence);
  const label = parameters?.optionalEnter(contextTag(0, true))?.enter(tag.sequence).oid() ?? rfc8017['id-sha1'];
  const mask = parameters?.optionalEnter(contextTag(1, true))?.enter(tag.sequence);
  const maskOid = mask?.oid() ?? rfc8017['id-mgf1'];
  const maskDigest = mask?.enter(tag.sequence).oid() ?? rfc8017['id-sha1'];
  const digest = findDigest(label);
  if (digest === undefined || maskOid !== rfc8017['id-mgf1'] || maskDigest !== label || parameters?.done === false) {
    throw notSupported('RSAES-OAEP with these parameters');
  }
  return { kind: 'RSAES-OAEP', digest };
}

export function encodeKeyTransport(transport: KeyTransport): Uint8Array {
  switch (transport.kind) {
    case 'RSAES-PKCS1-v1_5':
      return der.sequence(der.oid(rfc8017.rsaEncryption), der.null());
    case 'RSAES-OAEP': {
      const digest = der.sequence(der.oid(rfc8017[`id-${transport.digest}`]), der.null());
      return der.sequence(
        der.oid(rfc8017['id-RSAES-OAEP']),
        der.sequence(der.explicit(0, digest), der.explicit(1, der.sequence(der.oid(rfc8017['id-mgf1']), digest))),
      );
    }
  }
}

function notSupported(what: string): CmsError {
  return new CmsError(
    'algorithmNotSupported',
    `The key of the content is encrypted with ${what}. Use RSAES-PKCS1-v1_5, or RSAES-OAEP with one digest throughout.`,
  );
}
