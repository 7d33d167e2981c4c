/** OCSP answers with anything wrong that a test asks for. */
import { contextTag, der, DerReader, readWhole, rfc5280, rfc6960, tag } from '@touchmark/asn1';
import { sha1 } from '@touchmark/crypto';
import type { Signer } from '@touchmark/crypto';
import { crlReasonCodes } from '@touchmark/x509';
import type { CrlReason } from '@touchmark/x509';

export interface OcspAnswerFields {
  readonly signer: Signer;
  readonly certificatesDer?: readonly Uint8Array[];
  readonly status?: 'good' | 'unknown' | CrlReason;
  readonly thisUpdate?: Date;
  readonly nextUpdate?: Date | null;
  readonly nonce?: 'echo' | 'none' | 'other';
  readonly certId?: 'echo' | 'other';
}

export async function answerOcsp(requestDer: Uint8Array, fields: OcspAnswerFields): Promise<Uint8Array> {
  const { signer, status = 'good', nonce = 'echo', certId = 'echo', certificatesDer = [] } = fields;
  const asked = readRequest(requestDer);
  const thisUpdate = fields.thisUpdate ?? new Date();
  const nextUpdate = fields.nextUpdate === undefined ? new Date(thisUpdate.getTime() + 3_600_000) : fields.nextUpdate;
  const certIdDer = certId === 'echo' ? asked.certIdDer : otherCertId(asked.certIdDer);
  const single = der.sequence(
    certIdDer,
    encodeStatus(status, thisUpdate),
    der.generalizedTime(thisUpdate),
    nextUpdate === null ? new Uint8Array(0) : der.explicit(0, der.generalizedTime(nextUpdate)),
  );
  const data = der.sequence(
    der.explicit(2, der.octetString(sha1(signer.subjectPublicKeyInfoDer))),
    der.generalizedTime(thisUpdate),
    der.sequence(single),
    nonce === 'none'
      ? new Uint8Array(0)
      : der.explicit(1, der.sequence(encodeNonce(nonce === 'echo' ? asked.nonce : Uint8Array.of(1)))),
  );
  const basic = der.sequence(
    data,
    signer.algorithm.algorithmIdentifierDer,
    der.bitString(await signer.sign(data)),
    certificatesDer.length === 0 ? new Uint8Array(0) : der.explicit(0, der.sequence(...certificatesDer)),
  );
  const bytes = der.sequence(der.oid(rfc6960['id-pkix-ocsp-basic']), der.octetString(basic));
  return der.sequence(der.enumerated(0), der.explicit(0, bytes));
}

export const ocspSigning = [rfc5280['id-kp-OCSPSigning']];

function readRequest(requestDer: Uint8Array): { certIdDer: Uint8Array; nonce: Uint8Array } {
  const tbsRequest = readWhole(requestDer).enter(tag.sequence);
  const certIdDer = tbsRequest.enter(tag.sequence).enter(tag.sequence).element(tag.sequence);
  const extension = tbsRequest.enter(contextTag(2, true)).enter(tag.sequence).enter(tag.sequence);
  extension.oid();
  return { certIdDer, nonce: new DerReader(extension.octetString()).octetString() };
}

function encodeNonce(nonce: Uint8Array): Uint8Array {
  return der.sequence(der.oid(rfc6960['id-pkix-ocsp-nonce']), der.octetString(der.octetString(nonce)));
}

function encodeStatus(status: 'good' | 'unknown' | CrlReason, at: Date): Uint8Array {
  if (status === 'good') return der.implicit(0, new Uint8Array(0));
  if (status === 'unknown') return der.implicit(2, new Uint8Array(0));
  const reason = der.explicit(0, der.enumerated(crlReasonCodes[status]));
  return der.context(1, { constructed: true }, der.generalizedTime(at), reason);
}

/** The last octet belongs to the serial number. */
function otherCertId(certIdDer: Uint8Array): Uint8Array {
  const other = Uint8Array.from(certIdDer);
  other[other.length - 1] = (other.at(-1) ?? 0) ^ 1;
  return other;
}
