/**
 * A PKCS #12 file (RFC 7292): a private key with its certificate and the issuers of that, under one password.
 *
 *     PFX ::= SEQUENCE {
 *       version INTEGER {v3(3)}(v3,...),
 *       authSafe ContentInfo,
 *       macData MacData OPTIONAL }
 *     MacData ::= SEQUENCE {
 *       mac DigestInfo,
 *       macSalt OCTET STRING,
 *       iterations INTEGER DEFAULT 1 }
 *     AuthenticatedSafe ::= SEQUENCE OF ContentInfo
 *     SafeContents ::= SEQUENCE OF SafeBag
 *     SafeBag ::= SEQUENCE {
 *       bagId BAG-TYPE.&id ({PKCS12BagSet}),
 *       bagValue [0] EXPLICIT BAG-TYPE.&Type({PKCS12BagSet}{@bagId}),
 *       bagAttributes SET OF PKCS12Attribute OPTIONAL }
 */
import { createHash, createHmac } from 'node:crypto';
import { der, rfc5652, rfc7292, rfc8017, tag } from '@touchmark/asn1';
import { encryptPbes2 } from './pbes2.ts';
import { bmpString, deriveMacKey } from './pkcs12-kdf.ts';

export interface Pkcs12Content {
  /** PKCS #8 PrivateKeyInfo, DER. */
  readonly privateKeyDer: Uint8Array;
  readonly certificateDer: Uint8Array;
  /** From the issuing CA upwards. */
  readonly issuersDer: readonly Uint8Array[];
  /** What programs that open the file call its key. */
  readonly friendlyName: string;
}

const macIterations = 100_000;

/**
 * Key and certificates are encrypted with AES-256 under PBES2, the MAC is HMAC-SHA-256: no RC2, no 3DES, no SHA-1.
 *
 * @param randomBytes for salts and initialization vectors
 */
export async function encodePkcs12(
  content: Pkcs12Content,
  password: string,
  randomBytes: (length: number) => Uint8Array,
): Promise<Uint8Array> {
  if (!password.isWellFormed() || password === '') throw new RangeError('a PKCS #12 file needs a password');
  const localKeyId = new Uint8Array(createHash('sha256').update(content.certificateDer).digest());
  const attributes = der.set(
    attribute(rfc7292.friendlyName, der.tlv(tag.bmpString, bmpString(content.friendlyName, false))),
    attribute(rfc7292.localKeyId, der.octetString(localKeyId)),
  );
  const key = await encryptPbes2(content.privateKeyDer, password, randomBytes);
  const keyBag = safeBag(
    rfc7292.pkcs8ShroudedKeyBag,
    der.sequence(key.algorithmDer, der.octetString(key.encrypted)),
    attributes,
  );
  const certificates = await encryptPbes2(
    der.sequence(certBag(content.certificateDer, attributes), ...content.issuersDer.map((issuer) => certBag(issuer))),
    password,
    randomBytes,
  );
  const authenticatedSafe = der.sequence(encryptedData(certificates), data(der.sequence(keyBag)));
  return der.sequence(der.integer(3), data(authenticatedSafe), macData(authenticatedSafe, password, randomBytes(16)));
}

/** ContentInfo of id-data. */
function data(content: Uint8Array): Uint8Array {
  return der.sequence(der.oid(rfc5652['id-data']), der.explicit(0, der.octetString(content)));
}

/** ContentInfo of EncryptedData (RFC 5652 §8), version 0: no attributes. */
function encryptedData({ algorithmDer, encrypted }: Awaited<ReturnType<typeof encryptPbes2>>): Uint8Array {
  const encryptedContentInfo = der.sequence(der.oid(rfc5652['id-data']), algorithmDer, der.implicit(0, encrypted));
  return der.sequence(
    der.oid(rfc5652['id-encryptedData']),
    der.explicit(0, der.sequence(der.integer(0), encryptedContentInfo)),
  );
}

function certBag(certificateDer: Uint8Array, attributesDer?: Uint8Array): Uint8Array {
  const value = der.sequence(der.oid(rfc7292.x509Certificate), der.explicit(0, der.octetString(certificateDer)));
  return safeBag(rfc7292.certBag, value, attributesDer);
}

function safeBag(bagId: string, valueDer: Uint8Array, attributesDer?: Uint8Array): Uint8Array {
  const parts = [der.oid(bagId), der.explicit(0, valueDer)];
  return der.sequence(...parts, ...(attributesDer === undefined ? [] : [attributesDer]));
}

function attribute(type: string, valueDer: Uint8Array): Uint8Array {
  return der.sequence(der.oid(type), der.set(valueDer));
}

function macData(authenticatedSafe: Uint8Array, password: string, salt: Uint8Array): Uint8Array {
  const key = deriveMacKey(password, salt, macIterations);
  const mac = createHmac('sha256', key).update(authenticatedSafe).digest();
  const digestInfo = der.sequence(
    der.sequence(der.oid(rfc8017['id-sha256']), der.null()),
    der.octetString(new Uint8Array(mac)),
  );
  return der.sequence(digestInfo, der.octetString(salt), der.integer(macIterations));
}
