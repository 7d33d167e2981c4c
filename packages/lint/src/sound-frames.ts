/** Frames of certificates in which no lint found anything. */
import type { CertificateFrame } from './structure/tbs-certificate.ts';

/** One for each authority, profile version, kind of key and CRL shard in use; about 4 KiB each. */
const maximum = 2048;

export class SoundFrames {
  /** In the order in which they came: the oldest makes room for a new one. */
  readonly #frames = new Map<string, CertificateFrame>();

  /** @param frame as `frameOf` gives it */
  find(frame: string, agreedCriticalExtensions: readonly string[]): CertificateFrame | undefined {
    return this.#frames.get(keyOf(frame, agreedCriticalExtensions));
  }

  add(frame: string, agreedCriticalExtensions: readonly string[], parsed: CertificateFrame): void {
    if (this.#frames.size === maximum) {
      for (const oldest of this.#frames.keys()) {
        this.#frames.delete(oldest);
        break;
      }
    }
    this.#frames.set(keyOf(frame, agreedCriticalExtensions), parsed);
  }
}

/** No octet of a frame is a character above U+00FF. */
function keyOf(frame: string, agreedCriticalExtensions: readonly string[]): string {
  return agreedCriticalExtensions.length === 0 ? frame : `${frame}\u2026${agreedCriticalExtensions.join(' ')}`;
}
