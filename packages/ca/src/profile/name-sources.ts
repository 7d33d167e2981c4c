/** Where the values of variables come from: the registered device, and the request. */
import { attributeTypes, commonNameOf, findAttribute, subjectAltNamesOf } from '@touchmark/x509';
import type { Certificate, CertificationRequest, GeneralName, Name } from '@touchmark/x509';
import type { Device } from '../model.ts';
import { nameOfVariable } from './template.ts';
import type { Variable } from './template.ts';

/** What is asked for; the profile decides what of it is let through. */
export interface RequestedNames {
  readonly commonName: string | undefined;
  /** The whole subject, where there is one. */
  readonly subject?: Name | undefined;
  readonly subjectAltNames: readonly GeneralName[];
  /** Of the certificate that is renewed: what the device is called now counts, and nobody asked for what it was called. */
  readonly ofOldCertificate?: boolean;
}

export type RegisteredIdentity = Pick<Device, 'role' | 'segment' | 'fields'>;

export interface NameSources {
  readonly deviceId: string | undefined;
  /** Undefined: there is no device, or it is being registered by this very request. */
  readonly device: RegisteredIdentity | undefined;
  readonly requested: RequestedNames;
}

export function valueOfVariable({ deviceId, device, requested }: NameSources, variable: Variable): string | undefined {
  switch (variable.kind) {
    case 'device':
      switch (variable.field) {
        case 'id':
          return deviceId;
        case 'role':
          return device?.role;
        case 'segment':
          return device?.segment;
        default:
          return device !== undefined && Object.hasOwn(device.fields, variable.field)
            ? device.fields[variable.field]
            : undefined;
      }
    case 'request':
      if (variable.attribute === 'commonName') return requested.commonName;
      return requested.subject && findAttribute(requested.subject, attributeTypes[variable.attribute].oid);
  }
}

export function requestedNames(request: CertificationRequest): RequestedNames {
  return {
    commonName: commonNameOf(request.subject),
    subject: request.subject,
    subjectAltNames: request.requestedSubjectAltNames,
  };
}

/** A renewal asks for the names of the old certificate, whatever its request says. */
export function namesOfCertificate(certificate: Certificate): RequestedNames {
  return {
    commonName: commonNameOf(certificate.subject),
    subject: certificate.subject,
    subjectAltNames: subjectAltNamesOf(certificate),
    ofOldCertificate: true,
  };
}

/** What to do about a value that is not there. */
export function describeMissing(variable: Variable, { deviceId }: NameSources): string {
  if (variable.kind === 'request') return `the request has no ${variable.attribute}; put it into its subject`;
  if (deviceId === undefined) return `it takes {${nameOfVariable(variable)}} from a device; say which one`;
  return `the device "${deviceId}" has no ${variable.field} on record; register it first`;
}
