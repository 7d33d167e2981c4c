/** The least that a signed OCSP answer can cost: the serial number from its place, one look-up, splice, sign. */
import { sign } from 'node:crypto';
import { concatBytes, der, rfc5758, rfc6960, toHex } from '@touchmark/asn1';
import type { SerialStatus } from '@touchmark/ca';
import { sha1 } from '@touchmark/crypto';
import type { TestLeaf } from '@touchmark/testkit';

const signatureAlgorithmDer = der.sequence(der.oid(rfc5758['ecdsa-with-SHA256']));
const basicResponseType = der.oid(rfc6960['id-pkix-ocsp-basic']);
const successful = der.enumerated(0);
const good = der.implicit(0, new Uint8Array(0));

/** In the requests of `OcspRequests.withNonce`: headers of five SEQUENCEs, then the CertID. */
const certIdOffset = 8;
const certIdLength = 79;
const serialNumberOffset = certIdOffset + certIdLength - 20;

export class OcspFloor {
  readonly #delegate: TestLeaf;
  readonly #statuses: ReadonlyMap<string, SerialStatus>;
  readonly #head: Uint8Array;
  readonly #certificates: Uint8Array;
  readonly #thisUpdate: Uint8Array;
  readonly #nextUpdate: Uint8Array;

  constructor(delegate: TestLeaf, statuses: ReadonlyMap<string, SerialStatus>) {
    const now = Math.floor(Date.now() / 1000) * 1000;
    this.#delegate = delegate;
    this.#statuses = statuses;
    this.#thisUpdate = der.generalizedTime(new Date(now));
    this.#nextUpdate = der.explicit(0, der.generalizedTime(new Date(now + 86_400_000)));
    const keyHash = sha1(delegate.certificate.subjectPublicKeyInfoDer.subarray(-65));
    this.#head = concatBytes(der.explicit(2, der.octetString(keyHash)), this.#thisUpdate);
    this.#certificates = der.explicit(0, der.sequence(delegate.certificateDer));
  }

  respond(requestDer: Uint8Array): Uint8Array {
    const serialNumber = requestDer.subarray(serialNumberOffset, serialNumberOffset + 20);
    if (!this.#statuses.has(toHex(serialNumber))) throw new Error('The serial number is not at its place.');
    const certId = requestDer.subarray(certIdOffset, certIdOffset + certIdLength);
    const extensions = requestDer.subarray(certIdOffset + certIdLength);
    const single = der.sequence(certId, good, this.#thisUpdate, this.#nextUpdate);
    const data = der.sequence(this.#head, der.sequence(single), der.retag(0xa1, extensions));
    const signature = sign('sha256', data, this.#delegate.privateKey);
    const basic = der.sequence(data, signatureAlgorithmDer, der.bitString(signature), this.#certificates);
    const bytes = der.sequence(basicResponseType, der.octetString(basic));
    return der.sequence(successful, der.explicit(0, bytes));
  }
}
