/** RFC 5280 §4.2.1.12: keyUsage leaves a use that each key purpose can be put to. */
import type { Lint } from '../lint.ts';
import { keyPurposeId } from '../structure/identifiers.ts';
import { keyUsageMask } from '../structure/key-usage.ts';
import type { CertificateFrame } from '../structure/tbs-certificate.ts';

const { digitalSignature, nonRepudiation, keyEncipherment, keyAgreement } = keyUsageMask;

/** The bits that RFC 5280 calls consistent with each purpose; one of them is enough. */
const consistentBits: Readonly<Record<string, { readonly name: string; readonly mask: number }>> = {
  [keyPurposeId.serverAuth]: { name: 'serverAuth', mask: digitalSignature | keyEncipherment | keyAgreement },
  [keyPurposeId.clientAuth]: { name: 'clientAuth', mask: digitalSignature | keyAgreement },
  [keyPurposeId.codeSigning]: { name: 'codeSigning', mask: digitalSignature },
  [keyPurposeId.emailProtection]: {
    name: 'emailProtection',
    mask: digitalSignature | nonRepudiation | keyEncipherment | keyAgreement,
  },
  [keyPurposeId.timeStamping]: { name: 'timeStamping', mask: digitalSignature | nonRepudiation },
  [keyPurposeId.OCSPSigning]: { name: 'OCSPSigning', mask: digitalSignature | nonRepudiation },
};

export const extendedKeyUsageConsistent: Lint<CertificateFrame> = {
  name: 'extended-key-usage-consistent',
  citation: 'RFC 5280 §4.2.1.12',
  requirement: 'A certificate is used only for a purpose that keyUsage and extKeyUsage both allow: there must be one',
  check({ extensions: { values } }) {
    const { keyUsage, extKeyUsage } = values;
    // In a CA certificate extKeyUsage limits what is issued below, not the CA's own key.
    if (keyUsage === undefined || extKeyUsage === undefined || values.basicConstraints?.cA === true) return undefined;
    for (const purpose of extKeyUsage) {
      const consistent = consistentBits[purpose];
      if (consistent !== undefined && (consistent.mask & keyUsage.mask) === 0) {
        return `no bit of keyUsage lets the key be used for ${consistent.name}`;
      }
    }
    return undefined;
  },
};
