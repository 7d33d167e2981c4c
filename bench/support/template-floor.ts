/**
 * The least that issuing can cost: offsets instead of parsing, one template instead of profiles and names, and only the key
 * operations that cannot be left out. It checks next to nothing and is no way to run a CA.
 */
import { createPublicKey, randomBytes, sign, verify } from 'node:crypto';
import type { KeyObject } from 'node:crypto';
import { encodePem } from '@touchmark/asn1';
import type { SignatureAlgorithm } from '@touchmark/crypto';
import { compileTbsCertificate, encodeSigned, extension, keyIdentifierOf } from '@touchmark/x509';
import type { TbsCertificateTemplate } from '@touchmark/x509';
import { publicUrl } from './memory-authority.ts';

const dayMilliseconds = 86_400_000;

/** Its devices have keys of the same kind. */
export interface FloorIssuer {
  readonly algorithm: SignatureAlgorithm;
  readonly privateKey: KeyObject;
  readonly publicKey: KeyObject;
  readonly subjectDer: Uint8Array;
  readonly subjectKeyIdentifier: Uint8Array;
}

export class TemplateFloor {
  readonly #issuer: FloorIssuer;
  readonly #verifiesItself: boolean;
  readonly #template: TbsCertificateTemplate;

  /** @param verifiesItself also verifies the signature just made, which step 7 of the issuance cycle must */
  constructor(issuer: FloorIssuer, verifiesItself: boolean) {
    this.#issuer = issuer;
    this.#verifiesItself = verifiesItself;
    this.#template = compileTbsCertificate({
      signatureAlgorithmDer: issuer.algorithm.algorithmIdentifierDer,
      issuerDer: issuer.subjectDer,
      extensionsDerBefore: [
        extension.basicConstraints({ cA: false }),
        extension.keyUsage(['digitalSignature']),
        extension.extendedKeyUsage(['1.3.6.1.5.5.7.3.2']),
        extension.authorityKeyIdentifier(issuer.subjectKeyIdentifier),
        extension.crlDistributionPoints([`${publicUrl}/pki/issuing.crl`]),
        extension.authorityInfoAccess({
          ocsp: [`${publicUrl}/ocsp/issuing`],
          caIssuers: [`${publicUrl}/pki/issuing.cer`],
        }),
      ],
    });
  }

  issue(requestDer: Uint8Array): Uint8Array {
    const { algorithm } = this.#issuer;
    const { info, subject, spki, signature } = walk(requestDer);
    const publicKey = createPublicKey(encodePem('PUBLIC KEY', spki));
    if (!verify(algorithm.digest, info, publicKey, signature)) throw new Error('The request is not signed by its key.');
    const now = Math.floor(Date.now() / 1000) * 1000;
    const serialNumber = new Uint8Array(randomBytes(20));
    serialNumber[0] = 0x40 | (serialNumber[0]! & 0x3f);
    const tbs = this.#template.encode({
      serialNumber,
      notBefore: new Date(now - 300_000),
      notAfter: new Date(now + 365 * dayMilliseconds - 1000),
      subjectDer: subject,
      subjectPublicKeyInfoDer: spki,
      extensionsDer: [extension.subjectKeyIdentifier(keyIdentifierOf(spki))],
    });
    const ours = sign(algorithm.digest, tbs, this.#issuer.privateKey);
    if (this.#verifiesItself && !verify(algorithm.digest, tbs, this.#issuer.publicKey, ours))
      throw new Error('unreachable');
    return encodeSigned(tbs, algorithm.algorithmIdentifierDer, ours);
  }
}

interface RequestParts {
  readonly info: Uint8Array;
  readonly subject: Uint8Array;
  readonly spki: Uint8Array;
  readonly signature: Uint8Array;
}

/** CertificationRequest ::= SEQUENCE { SEQUENCE { version, subject, spki, … }, algorithm, BIT STRING } */
function walk(der: Uint8Array): RequestParts {
  const info = elementAt(der, elementAt(der, 0).content);
  const algorithm = elementAt(der, info.end);
  const signature = elementAt(der, algorithm.end);
  const version = elementAt(der, info.content);
  const subject = elementAt(der, version.end);
  const spki = elementAt(der, subject.end);
  const slice = ({ start, end }: Element): Uint8Array => der.subarray(start, end);
  return {
    info: slice(info),
    subject: slice(subject),
    spki: slice(spki),
    signature: der.subarray(signature.content + 1, signature.end),
  };
}

interface Element {
  readonly start: number;
  readonly content: number;
  readonly end: number;
}

function elementAt(der: Uint8Array, start: number): Element {
  const first = der[start + 1]!;
  if (first < 0x80) return { start, content: start + 2, end: start + 2 + first };
  let length = 0;
  for (let index = 0; index < (first & 0x7f); index++) length = length * 256 + der[start + 2 + index]!;
  const content = start + 2 + (first & 0x7f);
  return { start, content, end: content + length };
}
