/** A configuration profile (.mobileconfig) that makes an Apple device enroll over SCEP. */
import { toHex } from '@touchmark/asn1';
import { sha1, sha256 } from '@touchmark/crypto';
import { encodePlist } from './plist.ts';
import type { PlistValue } from './plist.ts';

export interface MobileConfigFields {
  /** Of the endpoint, e.g. `http://pki.example/scep/phones`. */
  readonly url: string;
  /** The name of the instance, which the device sends along and nobody here reads: the label. */
  readonly name: string;
  /** Shown to the user. */
  readonly displayName: string;
  readonly organization?: string | undefined;
  /** In reverse-DNS style; a profile of the same identifier replaces the one on the device. */
  readonly identifier: string;
  readonly challenge?: string | undefined;
  /** From the root of the name to its leaf: short names (`CN`, `O`) or object identifiers, and values. */
  readonly subject: readonly (readonly [type: string, value: string])[];
  readonly subjectAltNames?:
    | {
        readonly dnsNames?: readonly string[] | undefined;
        readonly emailAddresses?: readonly string[] | undefined;
        readonly uris?: readonly string[] | undefined;
      }
    | undefined;
  /** Bits of the RSA key that the device makes. */
  readonly keySize: 2048 | 4096;
  /** How often and after how many seconds it asks again while an administrator has not decided. */
  readonly retries?: number | undefined;
  readonly retryDelaySeconds?: number | undefined;
  /** The issuing CA, whose fingerprint the device compares with what GetCACert says. */
  readonly caCertificateDer: Uint8Array;
  /** Installed and trusted along with the profile. */
  readonly rootCertificateDer: Uint8Array;
}

/** digitalSignature and keyEncipherment: with a key that only signs, the device could not read the answer. */
const signAndEncipher = 5;

/** XML. The same fields make the same octets. Throws RangeError for text that XML cannot carry. */
export function encodeMobileConfig(fields: MobileConfigFields): string {
  const { displayName, organization, identifier } = fields;
  return encodePlist({
    PayloadContent: [rootPayload(fields), scepPayload(fields)],
    PayloadDisplayName: displayName,
    PayloadOrganization: organization,
    ...payload('Configuration', identifier, fields),
  });
}

function rootPayload(fields: MobileConfigFields): PlistValue {
  return {
    PayloadContent: fields.rootCertificateDer,
    PayloadCertificateFileName: 'root.cer',
    PayloadDisplayName: `${fields.displayName} (root)`,
    ...payload('com.apple.security.root', `${fields.identifier}.root`, fields),
  };
}

function scepPayload(fields: MobileConfigFields): PlistValue {
  const { url, name, subject, challenge, keySize, retries, retryDelaySeconds, caCertificateDer } = fields;
  return {
    PayloadContent: {
      URL: url,
      Name: name,
      Subject: subject.map((attribute) => [[...attribute]]),
      SubjectAltName: subjectAltName(fields.subjectAltNames),
      Challenge: challenge,
      'Key Type': 'RSA',
      Keysize: keySize,
      'Key Usage': signAndEncipher,
      // SHA-1: by the length of the digest the device knows which it is, and old systems know this one.
      CAFingerprint: sha1(caCertificateDer),
      Retries: retries,
      RetryDelay: retryDelaySeconds,
    },
    PayloadDisplayName: `${fields.displayName} (SCEP)`,
    ...payload('com.apple.security.scep', `${fields.identifier}.scep`, fields),
  };
}

function subjectAltName(names: MobileConfigFields['subjectAltNames']): PlistValue | undefined {
  const { dnsNames = [], emailAddresses = [], uris = [] } = names ?? {};
  if (dnsNames.length + emailAddresses.length + uris.length === 0) return undefined;
  return {
    dNSName: oneOrMany(dnsNames),
    rfc822Name: oneOrMany(emailAddresses),
    uniformResourceIdentifier: oneOrMany(uris),
  };
}

function oneOrMany(values: readonly string[]): PlistValue | undefined {
  return values.length > 1 ? values : values[0];
}

/** What every payload has. */
function payload(type: string, identifier: string, fields: MobileConfigFields): Readonly<Record<string, PlistValue>> {
  return {
    PayloadIdentifier: identifier,
    PayloadType: type,
    PayloadUUID: uuidOf(identifier, fields),
    PayloadVersion: 1,
  };
}

/** RFC 9562 §5.8: made of what is in the profile. Not of the challenge, which somebody could guess and compare. */
function uuidOf(
  identifier: string,
  { challenge: _, caCertificateDer, rootCertificateDer, ...text }: MobileConfigFields,
): string {
  const name = JSON.stringify([identifier, toHex(caCertificateDer), toHex(rootCertificateDer), text]);
  const octets = sha256(new TextEncoder().encode(name)).slice(0, 16);
  octets[6] = ((octets[6] ?? 0) & 0x0f) | 0x80;
  octets[8] = ((octets[8] ?? 0) & 0x3f) | 0x80;
  return toHex(octets)
    .replace(/^(.{8})(.{4})(.{4})(.{4})/, '$1-$2-$3-$4-')
    .toUpperCase();
}
