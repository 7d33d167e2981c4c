/** RFC 5280 §4.2.1.4: a policy is named once. */
import type { Lint } from '../lint.ts';
import type { CertificateFrame } from '../structure/tbs-certificate.ts';

export const certificatePoliciesDistinct: Lint<CertificateFrame> = {
  name: 'certificate-policies-distinct',
  citation: 'RFC 5280 §4.2.1.4',
  requirement: 'A certificate policy OID MUST NOT appear more than once in certificatePolicies',
  check({ extensions }) {
    const policies = (extensions.values.certificatePolicies ?? []).map(({ policyIdentifier }) => policyIdentifier);
    const twice = policies.find((policy, index) => policies.indexOf(policy) < index);
    return twice && `the policy ${twice} is there twice`;
  },
};
