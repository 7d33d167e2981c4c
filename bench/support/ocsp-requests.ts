/** OCSPRequests for one certificate each, with SHA-1 as deployed clients send them. */
import { randomBytes } from 'node:crypto';
import { der, rfc6960, rfc8017, readWhole, tag } from '@touchmark/asn1';
import { sha1 } from '@touchmark/crypto';
import type { Certificate } from '@touchmark/x509';

const hashAlgorithmDer = der.sequence(der.oid(rfc8017['id-sha1']), der.null());

export class OcspRequests {
  readonly #issuerHashes: readonly [name: Uint8Array, key: Uint8Array];

  constructor(issuer: Pick<Certificate, 'subject' | 'subjectPublicKeyInfoDer'>) {
    const info = readWhole(issuer.subjectPublicKeyInfoDer);
    info.element(tag.sequence);
    this.#issuerHashes = [der.octetString(sha1(issuer.subject.der)), der.octetString(sha1(info.bitString().bytes))];
  }

  certId(serialNumber: Uint8Array): Uint8Array {
    return der.sequence(hashAlgorithmDer, ...this.#issuerHashes, der.integerBytes(serialNumber));
  }

  plain(serialNumber: Uint8Array): Uint8Array {
    return der.sequence(der.sequence(this.#list(serialNumber)));
  }

  withNonce(serialNumber: Uint8Array): Uint8Array {
    const nonce = der.octetString(der.octetString(new Uint8Array(randomBytes(16))));
    const extension = der.sequence(der.oid(rfc6960['id-pkix-ocsp-nonce']), nonce);
    return der.sequence(der.sequence(this.#list(serialNumber), der.explicit(2, der.sequence(extension))));
  }

  #list(serialNumber: Uint8Array): Uint8Array {
    return der.sequence(der.sequence(this.certId(serialNumber)));
  }
}
