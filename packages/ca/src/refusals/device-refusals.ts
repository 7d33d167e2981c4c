/** Refusals of the device that the certificate is to be for. */
import type { Refusal } from './refusal.ts';

export const deviceRefusals = {
  deviceNameMissing: {
    category: 'request',
    meaning: 'The request does not name the device.',
    why: 'The secret is bound to no device, so that the request must say which one to register.',
    hint: 'Put the device id into the commonName, or bind the secret to a device.',
  },
  deviceNameInvalid: {
    category: 'request',
    meaning: 'The device name has a form that is not accepted.',
    why: 'The id stands in certificates, in URLs and in the names of files.',
    hint: 'Use letters, digits, dot, hyphen, colon and underscore.',
  },
  deviceNameTooLong: {
    category: 'request',
    meaning: 'The device name is longer than 64 characters.',
    why: 'A commonName has room for 64.',
    hint: 'Shorten the name, e.g. to the serial number alone.',
    citation: 'RFC 5280 §A.1',
  },
  deviceNameAmbiguous: {
    category: 'request',
    meaning: 'The subject has several commonNames.',
    why: 'The secret is bound to no device, and which of the names to register would be a matter of luck.',
    hint: 'Leave one commonName, which is the id of the device.',
  },
  deviceUnknown: {
    category: 'policy',
    meaning: 'The device is not registered.',
    why: 'Only devices that somebody registered get certificates.',
    hint: 'Register it first, or use a secret that may register devices.',
  },
  deviceSuspended: {
    category: 'policy',
    meaning: 'The device is suspended.',
    why: 'An administrator stopped it until something is cleared up.',
    hint: 'Resume it first.',
  },
  deviceRetired: {
    category: 'policy',
    meaning: 'The device is retired.',
    why: 'Retiring is for good: whoever finds the device must not be able to use it.',
    hint: 'A retired device stays retired; register it under a new name.',
  },
  deviceAlreadyRegistered: {
    category: 'policy',
    meaning: 'The device is registered already, and the secret or challenge is for new devices.',
    why: 'Otherwise anybody with a secret of the factory could become any device that is in the field.',
    hint: 'Create a secret that is bound to the device: touchmark endpoint secret create LABEL --device ID.',
  },
  deviceFieldMissing: {
    category: 'policy',
    meaning: 'The profile takes something from the registration of the device that is not there.',
    why: 'A certificate without it would say less of the device than those who rely on it expect.',
    hint: 'Register what the message names: its role, its segment or a field.',
  },
  certificateLimitReached: {
    category: 'policy',
    meaning: 'The device has as many active certificates of the profile as it may have.',
    why: 'A device that collects certificates is one of several that share a name, or one that somebody else enrolls too.',
    hint: 'Renew one of them, or have one revoked that is not used any more; maxActiveCertificates of the profile is the limit.',
  },
} as const satisfies Readonly<Record<string, Refusal>>;
