import { beforeAll, describe, expect, it } from '@jest/globals';
import { constants, createCipheriv, publicEncrypt, randomBytes } from 'node:crypto';
import { Asn1Error, der, fromHex, rfc5652, rfc8017, rfc8018, toHex } from '@touchmark/asn1';
import {
  cipherNames,
  CmsError,
  decryptKeyWith,
  encodeEnvelopedData,
  openEnvelopedData,
  parseEnvelopedData,
  parseEnvelopedDataAllowingDes,
} from '../src/index.ts';
import type { EnvelopedData } from '../src/index.ts';
import { createRsaHolder } from './support/rsa-holder.ts';
import type { RsaHolder } from './support/rsa-holder.ts';

let recipient: RsaHolder;
let other: RsaHolder;

beforeAll(async () => {
  [recipient, other] = await Promise.all([createRsaHolder(), createRsaHolder()]);
});

const content = new TextEncoder().encode('what only the recipient shall read');
const open = (message: EnvelopedData, holder = recipient): Promise<Uint8Array> =>
  openEnvelopedData(message, holder.certificate, decryptKeyWith(holder.privateKey));

describe('EnvelopedData of our own', () => {
  it.each(cipherNames)('opens again: %s', async (cipher) => {
    for (const length of [0, 1, 15, 16, 17, 1000]) {
      const bytes = new Uint8Array(randomBytes(length));
      const message = encodeEnvelopedData(bytes, recipient, cipher);
      expect(await open(parseEnvelopedData(message))).toEqual(bytes);
    }
  });

  it.each(cipherNames)('is opened by openssl: %s', (cipher) => {
    const message = encodeEnvelopedData(content, recipient, cipher);
    const args = ['cms', '-decrypt', '-inform', 'DER', '-in', 'in', '-inkey', 'key.pem', '-recip', 'certificate.pem'];
    expect(recipient.openssl([...args, '-out', 'out', '-binary'], { in: message })).toEqual(content);
  });
});

describe('EnvelopedData of openssl', () => {
  it.each([
    ['in one piece, by issuer and serial number', ['-aes-128-cbc', '-recip', 'certificate.pem']],
    ['in BER with pieces', ['-stream', '-indef', '-aes-256-cbc', '-recip', 'certificate.pem']],
    ['by subjectKeyIdentifier', ['-aes-192-cbc', '-keyid', '-recip', 'certificate.pem']],
    ['with triple DES', ['-des3', '-recip', 'certificate.pem']],
    ['with OAEP and SHA-1', ['-aes128', '-recip', 'certificate.pem', '-keyopt', 'rsa_padding_mode:oaep']],
    [
      'with OAEP and SHA-256',
      ['-aes128', '-recip', 'certificate.pem', '-keyopt', 'rsa_padding_mode:oaep', '-keyopt', 'rsa_oaep_md:sha256'],
    ],
  ])('is opened: %s', async (_, args) => {
    const message = recipient.openssl(
      ['cms', '-encrypt', '-binary', '-in', 'in', '-outform', 'DER', '-out', 'out', ...args],
      { in: content },
    );
    expect(await open(parseEnvelopedData(message))).toEqual(content);
  });

  it('with another cipher is refused by name', () => {
    const message = recipient.openssl(
      ['cms', '-encrypt', '-binary', '-in', 'in', '-outform', 'DER', '-out', 'out', '-aes-128-ofb', 'certificate.pem'],
      { in: content },
    );
    expect(() => parseEnvelopedData(message)).toThrow(CmsError);
    expect(() => parseEnvelopedData(message)).toThrow('AES in CBC mode');
  });
});

describe('EnvelopedData with DES', () => {
  // The example of FIPS 81, table C1: what it encrypts is as long as three blocks, and padding is a fourth.
  const key = fromHex('0123456789abcdef');
  const iv = fromHex('1234567890abcdef');
  const example = new TextEncoder().encode('Now is the time for all ');
  const encryption = createCipheriv('des-ede3-cbc', Buffer.concat([key, key, key]), iv);
  const encryptedContent = new Uint8Array(Buffer.concat([encryption.update(example), encryption.final()]));

  const message = (): Uint8Array => {
    const { issuer, serialNumber } = recipient.certificate;
    const encryptedKey = publicEncrypt({ key: recipient.publicKey, padding: constants.RSA_PKCS1_PADDING }, key);
    const recipientInfo = der.sequence(
      der.integer(0),
      der.sequence(issuer.der, der.integerBytes(serialNumber)),
      der.sequence(der.oid(rfc8017.rsaEncryption), der.null()),
      der.octetString(new Uint8Array(encryptedKey)),
    );
    const encryptedContentInfo = der.sequence(
      der.oid(rfc5652['id-data']),
      der.sequence(der.oid(rfc8018.desCBC), der.octetString(iv)),
      der.implicit(0, encryptedContent),
    );
    const envelopedData = der.sequence(der.integer(0), der.set(recipientInfo), encryptedContentInfo);
    return der.sequence(der.oid(rfc5652['id-envelopedData']), der.explicit(0, envelopedData));
  };

  it('is encrypted as in FIPS 81', () => {
    expect(toHex(encryptedContent).slice(0, 48)).toBe('e5c7cdde872bf27c43e934008c389c0f683788499a7c05f6');
  });

  it('is opened only where that is asked for', async () => {
    expect(await open(parseEnvelopedDataAllowingDes(message()))).toEqual(example);
    expect(() => parseEnvelopedData(message())).toThrow('The content is encrypted with DES. Use AES in CBC mode.');
  });
});

describe('EnvelopedData that cannot be opened', () => {
  const message = (): EnvelopedData => parseEnvelopedData(encodeEnvelopedData(content, recipient, 'aes128-CBC'));
  const withKey = (key: Uint8Array): EnvelopedData => {
    const { recipients, ...rest } = message();
    const encryptedKey = new Uint8Array(
      publicEncrypt({ key: recipient.publicKey, padding: constants.RSA_PKCS1_PADDING }, key),
    );
    return { ...rest, recipients: recipients.map((info) => ({ ...info, encryptedKey })) };
  };
  const damaged = (bytes: Uint8Array): Uint8Array => bytes.with(3, bytes[3]! ^ 1);

  it('says so when it is for somebody else', async () => {
    await expect(open(message(), other)).rejects.toMatchObject({ code: 'notForThisRecipient' });
  });

  it.each([
    [
      'padding of the key',
      () => ({
        ...message(),
        recipients: message().recipients.map((info) => ({ ...info, encryptedKey: damaged(info.encryptedKey) })),
      }),
    ],
    ['length of the key', () => withKey(new Uint8Array(randomBytes(24)))],
    ['key of no octets', () => withKey(new Uint8Array(0))],
    ['another key', () => withKey(new Uint8Array(randomBytes(16)))],
    ['length of the content', () => ({ ...message(), encryptedContent: message().encryptedContent.subarray(1) })],
    ['no content', () => ({ ...message(), encryptedContent: new Uint8Array(0) })],
  ])('fails in one way, whatever is wrong: %s', async (_, damage: () => EnvelopedData) => {
    const refusal = await open(damage()).then(
      () => undefined,
      (error: unknown) => error,
    );
    // One in 256 of the wrong keys gives octets that look padded; then they are no message for whoever reads on.
    if (refusal === undefined) return;
    expect(refusal).toMatchObject({
      code: 'decryptionFailed',
      message: 'The message cannot be decrypted. Encrypt it anew for the current certificate.',
    });
  });

  it('passes on that the key is not to be had', async () => {
    const unavailable = new Error('the token is away');
    await expect(openEnvelopedData(message(), recipient.certificate, () => Promise.reject(unavailable))).rejects.toBe(
      unavailable,
    );
  });
});

describe('damaged EnvelopedData', () => {
  it('is refused when cut off at any octet, or read, but never a crash', () => {
    const whole = encodeEnvelopedData(content, recipient, 'aes256-CBC');
    for (let length = 0; length < whole.length; length++) {
      expect(() => parseEnvelopedData(whole.subarray(0, length))).toThrow(Asn1Error);
    }
    for (let index = 0; index < whole.length; index++) {
      for (const change of [0x01, 0x20, 0x80, 0xff]) {
        try {
          parseEnvelopedData(whole.with(index, whole[index]! ^ change));
        } catch (error) {
          if (!(error instanceof Asn1Error) && !(error instanceof CmsError)) throw error;
        }
      }
    }
  });

  it('is refused when it is another kind of message', () => {
    expect(() => parseEnvelopedData(der.sequence(der.oid('1.2.3'), der.explicit(0, der.sequence())))).toThrow(
      Asn1Error,
    );
  });
});
