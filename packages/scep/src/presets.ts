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

/**
 * iOS and macOS encrypt with AES whenever GetCACaps lists it, digest with the largest SHA of the list, and install the first
 * certificate of the answer. The servers that most of them enroll with (micromdm/scep, step-ca) answer with it alone.
 */
const apple: ScepPreset = { ...generic, alongside: 'none', des3: false };

export const presets = {
  generic,
  apple,
  /** The VPN clients of Cisco want the CA certificate in the answer (EJBCA's manual). */
  'cisco-ios': generic,
  /** Takes no other certificate than its own in the answer (EJBCA's manual). */
  juniper: { ...generic, alongside: 'none' },
  mikrotik: generic,
  'pan-os': generic,
  windows: generic,
  /** Devices of all makers, the Windows client among them. */
  intune: generic,
  /** Apple's devices, or Jamf Pro in their place. */
  jamf: apple,
  /** Its scepclient encrypts with DES, whatever GetCACaps lists (up to version 2.3 at least). */
  micromdm: { ...generic, des: true },
} as const satisfies Readonly<Record<string, ScepPreset>>;

export type ScepPresetName = keyof typeof presets;
export const presetNames = Object.keys(presets) as readonly ScepPresetName[];
