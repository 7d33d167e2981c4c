import { beforeAll, describe, expect, it } from '@jest/globals';
import { Asn1Error, der, rfc5652 } from '@touchmark/asn1';
import * as pkijs from 'pkijs';
import {
  cmsDigestNames,
  CmsError,
  encodeCertsOnly,
  encodeSignedData,
  identifies,
  parseSignedData,
  singleValue,
  verifySignerInfo,
} from '../src/index.ts';
import type { CmsDigest, SignedData } from '../src/index.ts';
import { createRsaHolder } from './support/rsa-holder.ts';
import type { RsaHolder } from './support/rsa-holder.ts';

let signer: RsaHolder;
let other: RsaHolder;

beforeAll(async () => {
  [signer, other] = await Promise.all([createRsaHolder(), createRsaHolder()]);
});

const content = new TextEncoder().encode('what was said');
const attribute = { oid: '1.2.3.4', values: [der.printableString('19')] };

const encode = (digest: CmsDigest = 'sha256'): Promise<Uint8Array> =>
  encodeSignedData(
    {
      contentType: rfc5652['id-data'],
      content,
      digest,
      attributes: [attribute],
      signerCertificate: signer.certificate,
      certificatesDer: [signer.certificateDer],
    },
    signer.signAttributes,
  );

const verified = ({ contentType, signers: [info] }: SignedData, said = content, by = signer): boolean =>
  verifySignerInfo(info!, contentType, said, by.publicKey);

describe('SignedData of our own', () => {
  it.each(cmsDigestNames)('is read and verifies: %s', async (digest) => {
    const message = parseSignedData(await encode(digest));
    expect(message.contentType).toBe(rfc5652['id-data']);
    expect(message.content).toEqual(content);
    expect(message.certificatesDer).toEqual([signer.certificateDer]);
    const [info] = message.signers;
    expect(info!.digest).toBe(digest);
    expect(identifies(info!.sid, signer.certificate)).toBe(true);
    expect(identifies(info!.sid, other.certificate)).toBe(false);
    expect(singleValue(info!.signedAttributes, attribute.oid)).toEqual(attribute.values[0]);
    expect(verified(message)).toBe(true);
  });

  it.each(['sha256', 'sha384', 'sha512'] as const)('is verified by openssl: %s', async (digest) => {
    const args = ['cms', '-verify', '-inform', 'DER', '-in', 'in', '-noverify', '-certfile', 'certificate.pem'];
    expect(signer.openssl([...args, '-binary', '-out', 'out'], { in: await encode(digest) })).toEqual(content);
  });

  it('is verified by PKI.js', async () => {
    const contentInfo = pkijs.ContentInfo.fromBER(await encode());
    const signedData = new pkijs.SignedData({ schema: contentInfo.content });
    expect(await signedData.verify({ signer: 0, checkChain: false })).toBe(true);
  });
});

describe('SignedData of openssl', () => {
  it.each([
    ['in one piece', []],
    ['in BER with pieces', ['-stream', '-indef']],
    ['by subjectKeyIdentifier', ['-keyid']],
    ['with SHA-1', ['-md', 'sha1']],
    ['with SHA-512', ['-md', 'sha512']],
    ['without attributes', ['-noattr']],
    ['with RSASSA-PSS', ['-keyopt', 'rsa_padding_mode:pss', '-keyopt', 'rsa_pss_saltlen:32']],
  ])('verifies: %s', (_, more) => {
    const args = [
      'cms',
      '-sign',
      '-nodetach',
      '-binary',
      '-in',
      'in',
      '-signer',
      'certificate.pem',
      '-inkey',
      'key.pem',
    ];
    const message = parseSignedData(
      signer.openssl([...args, '-outform', 'DER', '-out', 'out', ...more], { in: content }),
    );
    expect(message.content).toEqual(content);
    expect(identifies(message.signers[0]!.sid, signer.certificate)).toBe(true);
    expect(verified(message)).toBe(true);
    expect(verified(message, content.with(0, 0))).toBe(false);
    expect(verified(message, content, other)).toBe(false);
  });

  it('with MD5 is read and does not verify', () => {
    const args = [
      'cms',
      '-sign',
      '-binary',
      '-in',
      'in',
      '-signer',
      'certificate.pem',
      '-inkey',
      'key.pem',
      '-md',
      'md5',
    ];
    const message = parseSignedData(signer.openssl([...args, '-outform', 'DER', '-out', 'out'], { in: content }));
    expect(message.signers[0]!.digest).toBeUndefined();
    expect(verified(message)).toBe(false);
  });

  it('with more elements than there are in most is read with wider limits', () => {
    const crl = der.sequence(...Array.from({ length: 20_000 }, () => der.null()));
    const message = encodeCertsOnly([], [crl]);
    expect(() => parseSignedData(message)).toThrow(Asn1Error);
    expect(parseSignedData(message, { maxNodes: 30_000 }).crlsDer).toEqual([crl]);
  });
});

describe('a signature', () => {
  it('does not verify when attributes are of another content type or digest', async () => {
    const message = parseSignedData(await encode());
    const [info] = message.signers;
    expect(verifySignerInfo(info!, rfc5652['id-signedData'], content, signer.publicKey)).toBe(false);
    const without = {
      ...info!,
      signedAttributes: info!.signedAttributes.filter(({ oid }) => oid !== rfc5652['id-messageDigest']),
    };
    expect(verifySignerInfo(without, message.contentType, content, signer.publicKey)).toBe(false);
  });

  it('verifies over attributes that came in another order', async () => {
    const message = parseSignedData(await encode());
    const [info] = message.signers;
    const elements = [...info!.signedAttributes]
      .reverse()
      .map(({ oid, values }) => der.sequence(der.oid(oid), der.set(...values)));
    const reversed = { ...info!, signedAttributesDer: der.tlv(0x31, ...elements) };
    expect(verifySignerInfo(reversed, message.contentType, content, signer.publicKey)).toBe(true);
  });

  it('without attributes is only good for plain data (RFC 5652 §5.3)', async () => {
    const [info] = parseSignedData(await encode()).signers;
    const bare = { ...info!, signedAttributesDer: undefined };
    expect(verifySignerInfo(bare, rfc5652['id-signedData'], content, signer.publicKey)).toBe(false);
  });
});

describe('damaged SignedData', () => {
  it('is refused when cut off at any octet; with any octet changed it is refused, or does not verify, or says the same', async () => {
    const whole = await encode();
    for (let length = 0; length < whole.length; length++) {
      expect(() => parseSignedData(whole.subarray(0, length))).toThrow(Asn1Error);
    }
    for (let index = 0; index < whole.length; index++) {
      for (const change of [0x01, 0x20, 0x80]) {
        try {
          const message = parseSignedData(whole.with(index, whole[index]! ^ change));
          if (
            message.content !== undefined &&
            message.signers.length === 1 &&
            verified(message, new Uint8Array(message.content))
          ) {
            expect(message.content).toEqual(content);
            expect(singleValue(message.signers[0]!.signedAttributes, attribute.oid)).toEqual(attribute.values[0]);
          }
        } catch (error) {
          if (!(error instanceof Asn1Error) && !(error instanceof CmsError)) throw error;
        }
      }
    }
  });
});
