/** CRLs signed by the CAs of the testkit. */
import { concatBytes } from '@touchmark/asn1';
import type { TestCa } from '@touchmark/testkit';
import { encodeCrlEntry, encodeSigned, encodeTbsCertList, extension } from '@touchmark/x509';
import type { CrlReason } from '@touchmark/x509';

export interface TestCrl {
  readonly number?: bigint;
  readonly thisUpdate?: Date;
  readonly nextUpdate?: Date;
  readonly revoked?: readonly (readonly [serialNumber: Uint8Array, reason: CrlReason])[];
  readonly extensionsDer?: readonly Uint8Array[];
  /** Signs instead of the CA named. */
  readonly signedBy?: TestCa;
}

export const hour = 3_600_000;

export async function signCrl(ca: TestCa, crl: TestCrl = {}): Promise<Uint8Array> {
  const { signer } = crl.signedBy ?? ca;
  const { algorithmIdentifierDer } = signer.algorithm;
  const now = Math.floor(Date.now() / 1000) * 1000;
  const thisUpdate = crl.thisUpdate ?? new Date(now - 60_000);
  const tbs = encodeTbsCertList({
    signatureAlgorithmDer: algorithmIdentifierDer,
    issuerDer: ca.subjectDer,
    thisUpdate,
    nextUpdate: crl.nextUpdate ?? new Date(now + 24 * hour),
    extensionsDer: [
      extension.authorityKeyIdentifier(ca.subjectKeyIdentifier),
      extension.crlNumber(crl.number ?? 1n),
      ...(crl.extensionsDer ?? []),
    ],
    entriesDer: concatBytes(
      ...(crl.revoked ?? []).map(([serialNumber, reason]) =>
        encodeCrlEntry({ serialNumber, revocationDate: thisUpdate, reason, invalidityDate: undefined }),
      ),
    ),
  });
  return encodeSigned(tbs, algorithmIdentifierDer, await signer.sign(tbs));
}
