/** Strict DER in and out, PEM, object identifiers by RFC. */
export { berToDer, joinPieces } from './ber-to-der.ts';
export { compareBytes, concatBytes, equalBytes, fromBase64, fromHex, toBase64, toBase64Lines, toHex } from './bytes.ts';
export { DerReader, readWhole } from './der-reader.ts';
export type { TaggedString } from './der-reader.ts';
export { der, sizeOfLength, writeLength } from './der.ts';
export { Asn1Error, EncodingError, PemError } from './errors.ts';
export type { Asn1Fault } from './errors.ts';
export { rfc3370, rfc3565, rfc5480, rfc5758, rfc8017, rfc8410, rfc9881 } from './oids/algorithms.ts';
export { rfc2985, rfc2986, rfc5652, rfc6402, rfc6960, rfc7030, rfc8894, rfc9908 } from './oids/messages.ts';
export { oidName } from './oids/oid-name.ts';
export { rfc7292, rfc8018 } from './oids/pkcs12.ts';
export { rfc5280 } from './oids/rfc5280.ts';
export { decodePem, encodePem, isPem } from './pem.ts';
export type { PemBlock } from './pem.ts';
export { prescan } from './prescan.ts';
export type { PrescanLimits } from './prescan.ts';
export { contextTag, tag, tagName } from './tag.ts';
