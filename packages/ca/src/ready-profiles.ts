/** The profiles that a new registry gets: for what fleets commonly need, and for the service itself. */
import type { z } from 'zod';
import { ProfileRules } from './profile.ts';
import type { ProfileRulesDocument } from './profile.ts';

type Written = z.input<typeof ProfileRulesDocument>;

/** What every TLS stack of today verifies. Ed25519 and ML-DSA are a choice for fleets whose servers know them. */
const commonKeys: Written['keyAlgorithms'] = ['ec-p256', 'ec-p384', 'ec-p521', 'rsa-2048', 'rsa-3072', 'rsa-4096'];

/** Those of its authority: name constraints that fit the one fit the other. */
const nearAuthority: Written['subject'] = [
  { attribute: 'countryName', value: '{request.countryName}', required: false },
  { attribute: 'stateOrProvinceName', value: '{request.stateOrProvinceName}', required: false },
  { attribute: 'localityName', value: '{request.localityName}', required: false },
  { attribute: 'organizationName', value: '{request.organizationName}', required: false },
  { attribute: 'organizationalUnitName', value: '{request.organizationalUnitName}', required: false },
  { attribute: 'commonName', value: '{request.commonName}' },
];

const written = {
  device: {
    description: 'A device, named by its registration; TLS client.',
    subject: [{ attribute: 'commonName', value: '{device.id}' }],
    keyAlgorithms: commonKeys,
    extendedKeyUsage: ['clientAuth'],
    validity: { duration: '1y' },
  },
  'device-role-segment': {
    description: 'A device whose role and segment stand in its certificate, for servers that decide by them.',
    subject: [
      { attribute: 'commonName', value: '{device.id}' },
      { attribute: 'organizationalUnitName', value: '{device.segment}' },
    ],
    subjectAltName: {
      fixed: [
        { kind: 'uri', value: 'urn:x-touchmark:role:{device.role}' },
        { kind: 'uri', value: 'urn:x-touchmark:segment:{device.segment}' },
      ],
    },
    namesNotLetThrough: 'refuse',
    keyAlgorithms: commonKeys,
    extendedKeyUsage: ['clientAuth'],
    validity: { duration: '1y' },
  },
  server: {
    description: 'A TLS server, named by DNS names that an administrator vouches for.',
    subject: [{ attribute: 'commonName', value: '{request.commonName}' }],
    subjectAltName: { fromRequest: ['dns'], required: true },
    keyAlgorithms: commonKeys,
    extendedKeyUsage: ['serverAuth'],
    validity: { duration: '90d' },
  },
  client: {
    description: 'A TLS client that is a person or a program, named by an administrator.',
    subject: [{ attribute: 'commonName', value: '{request.commonName}', required: true }],
    subjectAltName: { fromRequest: ['email'] },
    keyAlgorithms: commonKeys,
    extendedKeyUsage: ['clientAuth'],
    validity: { duration: '1y' },
  },
  'mqtt-broker': {
    description: 'An MQTT broker: a TLS server, and a client of other brokers where it is a bridge.',
    subject: [{ attribute: 'commonName', value: '{request.commonName}' }],
    subjectAltName: { fromRequest: ['dns', 'ip'], required: true },
    keyAlgorithms: commonKeys,
    extendedKeyUsage: ['serverAuth', 'clientAuth'],
    validity: { duration: '90d' },
  },
  'opcua-application': {
    description: 'An OPC UA application instance (OPC 10000-6 §6.2.2), client and server.',
    deviceFields: ['applicationUri', 'organization', 'hostnames', 'addresses'],
    // The organisation is the one that runs the application, not its vendor.
    subject: [
      { attribute: 'organizationName', value: '{device.organization}' },
      { attribute: 'commonName', value: '{device.id}' },
    ],
    subjectAltName: {
      fixed: [{ kind: 'uri', value: '{device.applicationUri}' }],
      fromRequest: [
        { kind: 'dns', allow: { registered: ['hostnames'] } },
        { kind: 'ip', allow: { registered: ['addresses'] } },
      ],
    },
    // The name of an application; its hosts stand in subjectAltName.
    commonNameIsHostName: false,
    keyAlgorithms: ['rsa-2048', 'rsa-3072', 'rsa-4096', 'ec-p256', 'ec-p384'],
    keyUsage: {
      rsa: ['digitalSignature', 'nonRepudiation', 'keyEncipherment', 'dataEncipherment'],
      ec: ['digitalSignature', 'nonRepudiation'],
    },
    extendedKeyUsage: ['serverAuth', 'clientAuth'],
    validity: { duration: '1y' },
  },
  dot1x: {
    description: 'A supplicant of IEEE 802.1X that authenticates by EAP-TLS (RFC 5216).',
    deviceFields: ['hostname'],
    subject: [{ attribute: 'commonName', value: '{device.id}' }],
    // What RADIUS servers look a machine up by (RFC 5216 §5.2), where it has a name in the domain.
    subjectAltName: { fixed: [{ kind: 'dns', value: '{device.hostname}', required: false }] },
    keyAlgorithms: commonKeys,
    extendedKeyUsage: ['clientAuth', 'eapOverLAN'],
    validity: { duration: '1y' },
  },
  ra: {
    description: 'A registration authority (RFC 6402 §2.10): signs requests of others, and decrypts those sent to it.',
    subject: [{ attribute: 'commonName', value: '{request.commonName}', required: true }],
    keyAlgorithms: commonKeys,
    extendedKeyUsage: ['cmcRA'],
    validity: { duration: '1y' },
    renewal: { sameKey: false },
  },
  listener: {
    description: 'The TLS listeners of the service itself.',
    service: true,
    subject: [{ attribute: 'commonName', value: '{request.commonName}' }],
    subjectAltName: { fromRequest: ['dns', 'ip'], required: true, allowLocalhost: true },
    keyAlgorithms: ['ec-p256'],
    extendedKeyUsage: ['serverAuth'],
    validity: { duration: '30d' },
  },
  administrator: {
    description: 'An administrator of the service; presents it to the REST API.',
    service: true,
    subject: [{ attribute: 'commonName', value: '{request.commonName}' }],
    keyAlgorithms: ['ec-p256'],
    // A registration authority (RFC 6402 §2.10) and no TLS client: no server takes an administrator for a device.
    extendedKeyUsage: ['cmcRA'],
    validity: { duration: '1y' },
  },
  'scep-ra': {
    description:
      'Reads the requests of SCEP endpoints and signs the answers (RFC 8894 §2.3), so that the CA need not be RSA.',
    service: true,
    subject: nearAuthority,
    keyAlgorithms: ['rsa-2048', 'rsa-3072', 'rsa-4096'],
    keyUsage: ['digitalSignature', 'keyEncipherment'],
    extendedKeyUsage: ['cmcRA'],
    // Clients keep it for long, and most never ask anew.
    validity: { duration: '1y' },
  },
  'ocsp-responder': {
    description: 'A delegated OCSP responder (RFC 6960 §4.2.2.2).',
    service: true,
    subject: nearAuthority,
    // Of the kind that the authority signs with, so that whoever verifies the one can verify the other.
    keyAlgorithms: [...commonKeys, 'ed25519', 'ml-dsa-44', 'ml-dsa-65', 'ml-dsa-87'],
    keyUsage: ['digitalSignature'],
    extendedKeyUsage: ['OCSPSigning'],
    ocspNoCheck: true,
    statusUrls: { crl: false, ocsp: false, caIssuers: false },
    validity: { duration: '30d' },
  },
} satisfies Readonly<Record<string, Written>>;

export const readyProfiles: Readonly<Record<string, ProfileRules>> = Object.fromEntries(
  Object.entries<Written>(written).map(([name, rules]) => [name, ProfileRules.parse(rules)]),
);
