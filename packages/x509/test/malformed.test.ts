/** Damaged certificates, requests and CRLs: refused with Asn1Error, or read; never anything else. */
import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { Asn1Error, concatBytes, der, equalBytes, prescan, toHex } from '@touchmark/asn1';
import {
  encodeSigned,
  formatName,
  parseCertificate,
  parseCertificateList,
  parseCertificationRequest,
  subjectAltNamesOf,
} from '../src/index.ts';
import { issueCertificate, issueCrl, makeRequest } from './support/fixtures.ts';
import { anyChange, mutantsOf, neverDer } from './support/mutants.ts';
import {
  opensslCertificateDer,
  opensslCrlDer,
  opensslRequestDer,
  opensslRequestWithChallengeDer,
} from './support/openssl.ts';

/** Each reads all there is, and puts the outer structure together again. */
function readCertificate(bytes: Uint8Array): Uint8Array {
  const certificate = parseCertificate(bytes);
  formatName(certificate.subject);
  formatName(certificate.issuer);
  subjectAltNamesOf(certificate);
  return encodeSigned(certificate.tbsCertificateDer, certificate.signatureAlgorithmDer, certificate.signature);
}

function readRequest(bytes: Uint8Array): Uint8Array {
  const request = parseCertificationRequest(bytes);
  formatName(request.subject);
  return encodeSigned(request.certificationRequestInfoDer, request.signatureAlgorithmDer, request.signature);
}

function readCrl(bytes: Uint8Array): Uint8Array {
  const crl = parseCertificateList(bytes);
  for (const entry of crl.entries()) entry.revocationDate.getTime();
  crl.find(Uint8Array.of(1));
  return encodeSigned(crl.tbsCertListDer, crl.signatureAlgorithmDer, crl.signature);
}

type Read = (bytes: Uint8Array) => Uint8Array;

/** True when accepted, and then nothing of it was overlooked. */
function isAccepted(read: Read, bytes: Uint8Array): boolean {
  let again: Uint8Array;
  try {
    again = read(bytes);
  } catch (error) {
    if (!(error instanceof Asn1Error)) throw error;
    return false;
  }
  if (!equalBytes(again, bytes)) throw new Error(`${toHex(bytes)} was read as ${toHex(again)}`);
  return true;
}

describe.each<[string, Read, Uint8Array]>([
  ['a certificate of OpenSSL', readCertificate, opensslCertificateDer],
  ['a certificate of ours', readCertificate, await issueCertificate()],
  ['a request of OpenSSL', readRequest, opensslRequestDer],
  ['a request of OpenSSL with a challengePassword', readRequest, opensslRequestWithChallengeDer],
  ['a request of ours', readRequest, await makeRequest('abc')],
  ['a CRL of OpenSSL', readCrl, opensslCrlDer],
  ['a CRL of ours', readCrl, await issueCrl()],
])('%s', (_name, read, bytes) => {
  it('is accepted as it is', () => {
    expect(isAccepted(read, bytes)).toBe(true);
  });

  it('is refused when cut off at any octet', () => {
    for (let length = 0; length < bytes.length; length++)
      expect(isAccepted(read, bytes.subarray(0, length))).toBe(false);
  });

  it('is refused with an octet after it', () => {
    expect(isAccepted(read, concatBytes(bytes, Uint8Array.of(0)))).toBe(false);
  });

  it('is refused or read with any bit flipped', () => {
    let accepted = 0;
    for (let bit = 0; bit < bytes.length * 8; bit++) {
      const index = bit >> 3;
      if (isAccepted(read, bytes.with(index, bytes[index]! ^ (1 << (bit & 7))))) accepted++;
    }
    // Most bits are in keys, signatures and text, which have many values; many are structure.
    expect(accepted).toBeLessThan(bytes.length * 8 * 0.9);
  });

  it('is refused with any element not in DER', () => {
    const survivors = [...mutantsOf(bytes, neverDer)].filter((mutant) => isAccepted(read, mutant.bytes));
    expect(survivors.map(({ name }) => name)).toEqual([]);
  });

  it('is refused or read with any element dropped, doubled, emptied, lengthened, shortened, retyped or nested', () => {
    const mutants = [...mutantsOf(bytes, anyChange)];
    expect(mutants.length).toBeGreaterThan(250);
    const accepted = mutants.filter((mutant) => isAccepted(read, mutant.bytes));
    expect(accepted.length).toBeLessThan(mutants.length / 4);
  });

  it('is refused or read with random octets written over it', () => {
    const patch = fc.tuple(fc.nat(bytes.length - 1), fc.uint8Array({ minLength: 1, maxLength: 8 }));
    fc.assert(
      fc.property(fc.array(patch, { minLength: 1, maxLength: 4 }), (patches) => {
        const mutant = Uint8Array.from(bytes);
        for (const [offset, octets] of patches) mutant.set(octets.subarray(0, mutant.length - offset), offset);
        isAccepted(read, mutant);
      }),
      { numRuns: 500 },
    );
  });

  it('passes the pre-scan', () => {
    expect(() => prescan(bytes)).not.toThrow();
  });
});

describe.each<[string, Read]>([
  ['parseCertificate', readCertificate],
  ['parseCertificationRequest', readRequest],
  ['parseCertificateList', readCrl],
])('%s', (_name, read) => {
  it.each<[string, Uint8Array]>([
    ['nothing', new Uint8Array()],
    ['one octet', Uint8Array.of(0x30)],
    ['an empty SEQUENCE', der.sequence()],
    ['NULL', der.null()],
    ['text', Buffer.from('hello, world')],
    ['PEM', Buffer.from('-----BEGIN CERTIFICATE-----\nMIIB\n-----END CERTIFICATE-----\n')],
    ['base64', Buffer.from('MIIBpTCCAUoCAQAwVjEL')],
    ['a length of 4 GiB', Uint8Array.of(0x30, 0x84, 0xff, 0xff, 0xff, 0xff)],
    ['an indefinite length', Uint8Array.of(0x30, 0x80, 0, 0)],
    ['100 000 SEQUENCEs in one another', new Uint8Array(100_000).fill(0x30)],
    ['100 000 NULLs in a SEQUENCE', der.sequence(new Uint8Array(Buffer.from('0500'.repeat(100_000), 'hex')))],
    ['zeros', new Uint8Array(10_000)],
    ['a SEQUENCE of three empty SEQUENCEs', der.sequence(der.sequence(), der.sequence(), der.sequence())],
  ])('refuses %s', (_case, bytes) => {
    expect(isAccepted(read, bytes)).toBe(false);
  });

  it('refuses any random bytes', () => {
    fc.assert(fc.property(fc.uint8Array({ maxLength: 200 }), (bytes) => expect(isAccepted(read, bytes)).toBe(false)));
  });
});
