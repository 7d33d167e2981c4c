/** Damaged certs-only messages: refused with Asn1Error, or read with nothing overlooked. */
import { describe, expect, it } from '@jest/globals';
import { Asn1Error, der, prescan } from '@touchmark/asn1';
import { encodeCertsOnly, parseCertsOnly } from '../src/index.ts';

// Certificates are opaque here: any SEQUENCE will do.
const certificate = (size: number): Uint8Array => der.sequence(der.octetString(new Uint8Array(size).fill(size)));
const message = encodeCertsOnly([certificate(3), certificate(200)], [certificate(5)]);

function isAccepted(bytes: Uint8Array): boolean {
  try {
    const { certificatesDer, crlsDer } = parseCertsOnly(bytes);
    const carried = [...certificatesDer, ...crlsDer].reduce((sum, each) => sum + each.length, 0);
    if (carried > bytes.length) throw new Error(`${bytes.length} octets were read as ${carried}`);
    return true;
  } catch (error) {
    if (!(error instanceof Asn1Error)) throw error;
    return false;
  }
}

describe('a certs-only message', () => {
  it('is accepted as it is, and passes the pre-scan', () => {
    expect(isAccepted(message)).toBe(true);
    expect(() => prescan(message)).not.toThrow();
  });

  it('is refused when cut off at any octet', () => {
    for (let length = 0; length < message.length; length++) expect(isAccepted(message.subarray(0, length))).toBe(false);
  });

  it('is refused or read with any octet changed to any other', () => {
    let accepted = 0;
    for (let index = 0; index < message.length; index++) {
      for (let change = 1; change < 256; change++)
        if (isAccepted(message.with(index, message[index]! ^ change))) accepted++;
    }
    // What is inside the certificates is not looked at: 208 octets of content, and their headers in part.
    expect(accepted).toBeLessThan(message.length * 255 * 0.85);
  });

  it('is refused with a thousand levels of nesting, by the pre-scan and by the parser', () => {
    let nested = der.sequence();
    for (let level = 0; level < 1000; level++) nested = der.sequence(nested);
    expect(isAccepted(nested)).toBe(false);
    expect(() => prescan(nested)).toThrow(Asn1Error);
  });

  it('may carry many certificates', () => {
    const many = Array.from({ length: 5000 }, () => certificate(3));
    expect(parseCertsOnly(encodeCertsOnly(many)).certificatesDer).toHaveLength(5000);
  });
});
