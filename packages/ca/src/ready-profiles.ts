/** The profiles that a new registry gets: two for users, three for the service itself. */
import { ProfileRules } from './profile.ts';

const day = 86_400;

export const readyProfiles: Readonly<Record<string, ProfileRules>> = {
  device: ProfileRules.parse({
    description: 'A device, named by its registration; TLS client.',
    subject: [{ attribute: 'commonName', value: '{device.id}' }],
    keyAlgorithms: ['ec-p256', 'ec-p384', 'ec-p521', 'rsa-2048', 'rsa-3072', 'rsa-4096'],
    extendedKeyUsage: ['clientAuth'],
    validity: { seconds: 365 * day },
  }),
  server: ProfileRules.parse({
    description: 'A TLS server, named by DNS names that an administrator vouches for.',
    subject: [{ attribute: 'commonName', value: '{request.commonName}' }],
    subjectAltName: { fromRequest: ['dns'], required: true },
    keyAlgorithms: ['ec-p256', 'ec-p384', 'ec-p521', 'rsa-2048', 'rsa-3072', 'rsa-4096'],
    extendedKeyUsage: ['serverAuth'],
    validity: { seconds: 90 * day },
  }),
  listener: ProfileRules.parse({
    description: 'The TLS listeners of the service itself.',
    service: true,
    subject: [{ attribute: 'commonName', value: '{request.commonName}' }],
    subjectAltName: { fromRequest: ['dns', 'ip'], required: true, allowLocalhost: true },
    keyAlgorithms: ['ec-p256'],
    extendedKeyUsage: ['serverAuth'],
    validity: { seconds: 30 * day },
  }),
  administrator: ProfileRules.parse({
    description: 'An administrator of the service; presents it to the REST API.',
    service: true,
    subject: [{ attribute: 'commonName', value: '{request.commonName}' }],
    keyAlgorithms: ['ec-p256'],
    // A registration authority (RFC 6402 §2.10) and no TLS client: no server takes an administrator for a device.
    extendedKeyUsage: ['cmcRA'],
    validity: { seconds: 365 * day },
  }),
  'ocsp-responder': ProfileRules.parse({
    description: 'A delegated OCSP responder (RFC 6960 §4.2.2.2).',
    service: true,
    subject: [{ attribute: 'commonName', value: '{request.commonName}' }],
    keyAlgorithms: ['ec-p256'],
    extendedKeyUsage: ['OCSPSigning'],
    ocspNoCheck: true,
    statusUrls: { crl: false, ocsp: false, caIssuers: false },
    validity: { seconds: 30 * day },
  }),
};
