/** A small hierarchy for the tests of this package: an issuing CA and leaves with distribution points. */
import { rfc5280 } from '@touchmark/asn1';
import { defaultSettings, loadIssuer } from '@touchmark/ca';
import type { Authority, Issuer } from '@touchmark/ca';
import { createSoftwareSigner, generateKeyPair } from '@touchmark/crypto';
import type { KeyAlgorithmName, Signer } from '@touchmark/crypto';
import { encodeName, encodeSigned, encodeTbsCertificate, extension, keyIdentifierOf } from '@touchmark/x509';

export interface Identity {
  readonly certificateDer: Uint8Array;
  readonly signer: Signer;
  readonly privateKeyPem: string;
  readonly nameDer: Uint8Array;
  readonly keyIdentifier: Uint8Array;
}

export const hour = 3_600_000;
export const day = 24 * hour;
/** When the tests happen, unless they talk to programs with a clock of their own. */
export const frozenNow = new Date('2031-05-06T07:08:09Z');

interface CertificateOptions {
  readonly name: string;
  readonly issuer?: Identity | undefined;
  readonly keyAlgorithm?: KeyAlgorithmName;
  readonly serialNumber?: Uint8Array;
  readonly notBefore?: Date;
  readonly notAfter?: Date;
  readonly extensionsDer?: (keyIdentifier: Uint8Array) => Uint8Array[];
}

export async function certify(options: CertificateOptions): Promise<Identity> {
  const { privateKey } = await generateKeyPair(options.keyAlgorithm ?? 'ec-p256');
  const signer = createSoftwareSigner(privateKey);
  const nameDer = encodeName([{ attribute: 'commonName', value: options.name }]);
  const keyIdentifier = keyIdentifierOf(signer.subjectPublicKeyInfoDer);
  const by = options.issuer?.signer ?? signer;
  const tbs = encodeTbsCertificate({
    serialNumber: options.serialNumber ?? Uint8Array.of(0x4d, ...crypto.getRandomValues(new Uint8Array(15))),
    signatureAlgorithmDer: by.algorithm.algorithmIdentifierDer,
    issuerDer: options.issuer?.nameDer ?? nameDer,
    notBefore: options.notBefore ?? new Date(Math.floor(Date.now() / 1000) * 1000 - day),
    notAfter: options.notAfter ?? new Date('2040-01-01T00:00:00Z'),
    subjectDer: nameDer,
    subjectPublicKeyInfoDer: signer.subjectPublicKeyInfoDer,
    extensionsDer: (options.extensionsDer ?? (() => []))(keyIdentifier),
  });
  const certificateDer = encodeSigned(tbs, by.algorithm.algorithmIdentifierDer, await by.sign(tbs));
  const privateKeyPem = privateKey.export({ format: 'pem', type: 'pkcs8' }).toString();
  return { certificateDer, signer, privateKeyPem, nameDer, keyIdentifier };
}

/** @param cdp URL of the CRL that covers the new authority's own certificate */
export function certifyAuthority(
  name: string,
  issuer?: Identity,
  cdp?: string,
  keyAlgorithm: KeyAlgorithmName = 'ec-p256',
): Promise<Identity> {
  return certify({
    name,
    issuer,
    keyAlgorithm,
    extensionsDer: (keyIdentifier) => [
      extension.basicConstraints({ cA: true }),
      extension.keyUsage(['keyCertSign', 'cRLSign']),
      extension.subjectKeyIdentifier(keyIdentifier),
      ...(issuer === undefined ? [] : [extension.authorityKeyIdentifier(issuer.keyIdentifier)]),
      ...(cdp === undefined ? [] : [extension.crlDistributionPoints([cdp])]),
    ],
  });
}

export function certifyDevice(issuer: Identity, serialNumber: Uint8Array, cdp: string): Promise<Identity> {
  return certify({
    name: `device ${serialNumber.join('.')}`,
    issuer,
    serialNumber,
    extensionsDer: (keyIdentifier) => [
      extension.basicConstraints({ cA: false }),
      extension.keyUsage(['digitalSignature']),
      extension.extendedKeyUsage([rfc5280['id-kp-clientAuth']]),
      extension.subjectKeyIdentifier(keyIdentifier),
      extension.authorityKeyIdentifier(issuer.keyIdentifier),
      extension.crlDistributionPoints([cdp]),
    ],
  });
}

/** As the catalog has it. */
export function toIssuer(
  { certificateDer, signer }: Identity,
  authority: Pick<Authority, 'id' | 'name' | 'kind' | 'issuerId'> & Partial<Authority>,
): Issuer {
  return loadIssuer({
    ...defaultSettings('ec-p256'),
    revision: 1,
    signatureAlgorithm: signer.algorithm.name,
    certificateDer,
    keyId: authority.name,
    ...authority,
  });
}
