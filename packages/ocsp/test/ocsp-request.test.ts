import { createHash } from 'node:crypto';
import { OCSPRequest, Request, TBSRequest, CertID } from '@peculiar/asn1-ocsp';
import { AsnConvert, OctetString } from '@peculiar/asn1-schema';
import { AlgorithmIdentifier, Extension, Extensions } from '@peculiar/asn1-x509';
import { beforeAll, describe, expect, it } from '@jest/globals';
import { der, rfc6960, toHex } from '@touchmark/asn1';
import fc from 'fast-check';
import { OcspError, parseOcspRequest } from '../src/index.ts';
import type { Identity } from './support/pki.ts';
import { certifyAuthority } from './support/pki.ts';
import {
  certIdFor,
  encodeRequest,
  nonceExtension,
  requestExtension,
  simpleRequest,
  single,
} from './support/requests.ts';

let issuer: Identity;
const serial = Uint8Array.of(0x11, 0x22, 0x33);
const otherSerial = Uint8Array.of(0x00, 0xff);

beforeAll(async () => {
  issuer = await certifyAuthority('Issuing CA');
});

describe('RFC 6960 §4.1 requests that are read', () => {
  it('one SHA-1 CertID', () => {
    const certIdDer = certIdFor(issuer, serial);
    const request = parseOcspRequest(simpleRequest(certIdDer));
    expect(request.nonce).toBeUndefined();
    expect(request.certIds.map(({ serialNumberHex }) => serialNumberHex)).toEqual(['112233']);
    expect(toHex(request.certIds[0]?.der ?? new Uint8Array())).toBe(toHex(certIdDer));
  });

  it('several CertIDs, in the order asked', () => {
    const request = parseOcspRequest(
      encodeRequest({
        requests: [single(certIdFor(issuer, otherSerial)), single(certIdFor(issuer, serial, 'sha256'))],
      }),
    );
    expect(request.certIds.map(({ serialNumberHex }) => serialNumberHex)).toEqual(['00ff', '112233']);
  });

  const accepted: readonly [string, () => Uint8Array][] = [
    ['a hash algorithm without parameters', () => simpleRequest(certIdFor(issuer, serial, 'sha256', false))],
    [
      'the version written although it is the default',
      () => encodeRequest({ version: der.explicit(0, der.integer(0)), requests: [single(certIdFor(issuer, serial))] }),
    ],
    [
      'a requestorName',
      () =>
        encodeRequest({
          requestorName: der.explicit(1, der.implicit(2, new TextEncoder().encode('client.example'))),
          requests: [single(certIdFor(issuer, serial))],
        }),
    ],
    [
      'a signature, which is not looked at',
      () =>
        encodeRequest({
          requests: [single(certIdFor(issuer, serial))],
          signature: der.explicit(0, der.sequence(der.sequence(der.oid('1.2.3')), der.bitString(Uint8Array.of(1)))),
        }),
    ],
    [
      'an unknown extension that is not critical',
      () =>
        encodeRequest({
          requests: [single(certIdFor(issuer, serial))],
          extensions: [requestExtension('1.2.3.4', der.null())],
        }),
    ],
    [
      'an unknown single extension that is not critical',
      () =>
        encodeRequest({
          requests: [single(certIdFor(issuer, serial), requestExtension('1.2.3.4', der.null(), false))],
        }),
    ],
    [
      'acceptable responses, marked critical',
      () =>
        encodeRequest({
          requests: [single(certIdFor(issuer, serial))],
          extensions: [
            requestExtension(
              rfc6960['id-pkix-ocsp-response'],
              der.sequence(der.oid(rfc6960['id-pkix-ocsp-basic'])),
              true,
            ),
          ],
        }),
    ],
  ];
  it.each(accepted)('%s', (_, request) => {
    expect(parseOcspRequest(request()).certIds).toHaveLength(1);
  });

  it.each([1, 16, 32, 128])('RFC 9654 §2.1 a nonce of %i octets', (length) => {
    const nonce = new Uint8Array(length).fill(7);
    expect(parseOcspRequest(simpleRequest(certIdFor(issuer, serial), nonce)).nonce).toEqual(nonce);
  });
});

describe('RFC 6960 §2.3 what is malformedRequest', () => {
  const refused: readonly [string, () => Uint8Array][] = [
    ['nothing', () => new Uint8Array(0)],
    ['text', () => new TextEncoder().encode('GET / HTTP/1.1')],
    ['octets behind the request', () => Uint8Array.of(...simpleRequest(certIdFor(issuer, serial)), 0)],
    ['an indefinite length', () => Uint8Array.of(0x30, 0x80, 0, 0)],
    ['a list without a certificate', () => encodeRequest({ requests: [] })],
    [
      'version 2',
      () => encodeRequest({ version: der.explicit(0, der.integer(1)), requests: [single(certIdFor(issuer, serial))] }),
    ],
    ['a nonce of no octets', () => simpleRequest(certIdFor(issuer, serial), new Uint8Array(0))],
    ['a nonce of 129 octets', () => simpleRequest(certIdFor(issuer, serial), new Uint8Array(129))],
    [
      'a nonce that is no OCTET STRING',
      () =>
        encodeRequest({
          requests: [single(certIdFor(issuer, serial))],
          extensions: [requestExtension(rfc6960['id-pkix-ocsp-nonce'], Uint8Array.of(1, 2, 3))],
        }),
    ],
    [
      'a nonce with octets behind it',
      () =>
        encodeRequest({
          requests: [single(certIdFor(issuer, serial))],
          extensions: [requestExtension(rfc6960['id-pkix-ocsp-nonce'], Uint8Array.of(4, 1, 9, 0))],
        }),
    ],
    [
      'two nonces',
      () =>
        encodeRequest({
          requests: [single(certIdFor(issuer, serial))],
          extensions: [nonceExtension(Uint8Array.of(1)), nonceExtension(Uint8Array.of(2))],
        }),
    ],
    [
      'an unknown critical extension',
      () =>
        encodeRequest({
          requests: [single(certIdFor(issuer, serial))],
          extensions: [requestExtension('1.2.3.4', der.null(), true)],
        }),
    ],
    [
      'an unknown critical single extension',
      () =>
        encodeRequest({ requests: [single(certIdFor(issuer, serial), requestExtension('1.2.3.4', der.null(), true))] }),
    ],
    [
      'a serial number longer than it need be',
      () =>
        simpleRequest(
          der.sequence(
            der.sequence(der.oid('1.3.14.3.2.26')),
            der.octetString(new Uint8Array(20)),
            der.octetString(new Uint8Array(20)),
            Uint8Array.of(2, 2, 0, 1),
          ),
        ),
    ],
    [
      'a CertID without a serial number',
      () =>
        simpleRequest(
          der.sequence(
            der.sequence(der.oid('1.3.14.3.2.26')),
            der.octetString(new Uint8Array(20)),
            der.octetString(new Uint8Array(20)),
          ),
        ),
    ],
  ];
  it.each(refused)('%s', (_, request) => {
    expect(() => parseOcspRequest(request())).toThrow(expect.objectContaining({ status: 'malformedRequest' }));
  });

  it('truncated at every octet', () => {
    const whole = simpleRequest(certIdFor(issuer, serial), new Uint8Array(16));
    for (let length = 0; length < whole.length; length++) {
      expect(() => parseOcspRequest(whole.subarray(0, length))).toThrow(OcspError);
    }
  });

  it('changed anywhere: a request or malformedRequest, never another failure', () => {
    const whole = simpleRequest(certIdFor(issuer, serial), new Uint8Array(16));
    fc.assert(
      fc.property(fc.nat(whole.length - 1), fc.integer({ min: 0, max: 255 }), (at, octet) => {
        const mutant = Uint8Array.from(whole);
        mutant[at] = octet;
        try {
          parseOcspRequest(mutant);
        } catch (error) {
          expect(error).toBeInstanceOf(OcspError);
        }
      }),
      { numRuns: 2000 },
    );
  });
});

it('reads what @peculiar/asn1-ocsp writes', () => {
  const hash = (bytes: string): ArrayBuffer => new Uint8Array(createHash('sha1').update(bytes).digest()).buffer;
  fc.assert(
    fc.property(
      fc.array(fc.uint8Array({ minLength: 1, maxLength: 20 }), { minLength: 1, maxLength: 5 }),
      fc.option(fc.uint8Array({ minLength: 1, maxLength: 128 })),
      (serials, nonce) => {
        const positive = serials.map((bytes) => Uint8Array.of(0x01, ...bytes.subarray(1)));
        const requestList = positive.map(
          (bytes) =>
            new Request({
              reqCert: new CertID({
                hashAlgorithm: new AlgorithmIdentifier({ algorithm: '1.3.14.3.2.26', parameters: null }),
                issuerNameHash: new OctetString(hash('name')),
                issuerKeyHash: new OctetString(hash('key')),
                serialNumber: bytes.slice().buffer,
              }),
            }),
        );
        const tbsRequest = new TBSRequest({ requestList });
        if (nonce !== null) {
          const extnValue = new OctetString(AsnConvert.serialize(new OctetString(nonce.slice().buffer)));
          tbsRequest.requestExtensions = new Extensions([
            new Extension({ extnID: rfc6960['id-pkix-ocsp-nonce'], critical: false, extnValue }),
          ]);
        }
        const encoded = new Uint8Array(AsnConvert.serialize(new OCSPRequest({ tbsRequest })));
        const request = parseOcspRequest(encoded);
        expect(request.certIds.map(({ serialNumberHex }) => serialNumberHex)).toEqual(positive.map(toHex));
        expect(request.nonce === undefined ? null : toHex(request.nonce)).toBe(nonce === null ? null : toHex(nonce));
        expect(toHex(request.certIds[0]?.issuerNameHash ?? new Uint8Array())).toBe(toHex(new Uint8Array(hash('name'))));
      },
    ),
    { numRuns: 100 },
  );
});
