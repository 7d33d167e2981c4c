/** What is known of clients, as settings: an endpoint begins with those of its preset. */

export interface ScepPreset {
  /** Who reads requests and signs answers. `ca` needs an authority with an RSA key. */
  readonly recipient: 'ra' | 'ca';
  /** GetCACert: `chain` is certs-only with RA and CAs, `single` one certificate, which then must be the recipient. */
  readonly caCertificate: 'chain' | 'single';
  /** Beside the certificate that was issued: `issuer` that of the issuing CA, `none` nothing. */
  readonly alongside: 'issuer' | 'none';
  /** Whether messages and requests may be digested with SHA-1. */
  readonly sha1: boolean;
  /** Whether content may be encrypted with triple DES. */
  readonly des3: boolean;
  /** Whether requests may be encrypted with DES. Who listens can break it and learn the challenge; answers never use it. */
  readonly des: boolean;
}

/**
 * SHA-1 and triple DES are on unless all clients of a kind do without: old ones that are not offered them fall back to MD5
 * and DES.
 */
const generic: ScepPreset = {
  recipient: 'ra',
  caCertificate: 'chain',
  alongside: 'issuer',
  sha1: true,
  des3: true,
  des: false,
};

export const presets = {
  generic,
  apple: generic,
  'cisco-ios': generic,
  juniper: generic,
  mikrotik: generic,
  'pan-os': generic,
  windows: generic,
  intune: generic,
  jamf: generic,
  /** Its scepclient encrypts with DES, whatever GetCACaps lists (up to version 2.3 at least). */
  micromdm: { ...generic, des: true },
} as const satisfies Readonly<Record<string, ScepPreset>>;

export type ScepPresetName = keyof typeof presets;
export const presetNames = Object.keys(presets) as readonly ScepPresetName[];
