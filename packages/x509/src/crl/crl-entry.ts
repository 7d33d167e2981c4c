/** An entry of revokedCertificates (RFC 5280 §5.1.2.6, §5.3). */
import { DerReader, der, rfc5280, tag, toHex } from '@touchmark/asn1';
import { extensionEncoder, readExtensions } from '../extensions/extension.ts';
import type { Extension } from '../extensions/extension.ts';
import { crlReasonCodes, findCrlReason } from './crl-reason.ts';
import type { CrlReason } from './crl-reason.ts';

export interface CrlEntryFields {
  /** Content octets of the INTEGER. */
  readonly serialNumber: Uint8Array;
  readonly revocationDate: Date;
  readonly reason: CrlReason;
  /** When the key is thought to have been compromised (RFC 5280 §5.3.2). */
  readonly invalidityDate?: Date | undefined;
}

export interface CrlEntry extends CrlEntryFields {
  readonly serialNumberHex: string;
  readonly invalidityDate: Date | undefined;
}

const encodeReasonCode = extensionEncoder(rfc5280['id-ce-cRLReasons']);
const encodeInvalidityDate = extensionEncoder(rfc5280['id-ce-invalidityDate']);

const reasonExtensions = new Map<CrlReason, Uint8Array>(
  Object.entries(crlReasonCodes).map(([reason, code]) => [
    reason as CrlReason,
    encodeReasonCode(false, der.enumerated(code)),
  ]),
);

/** RFC 5280 §5.3.1: the reason code extension is absent rather than unspecified. No extensions, no empty SEQUENCE. */
export function encodeCrlEntry({ serialNumber, revocationDate, reason, invalidityDate }: CrlEntryFields): Uint8Array {
  const extensions: Uint8Array[] = [];
  const reasonExtension = reason === 'unspecified' ? undefined : reasonExtensions.get(reason);
  if (reasonExtension !== undefined) extensions.push(reasonExtension);
  if (invalidityDate !== undefined) extensions.push(encodeInvalidityDate(false, der.generalizedTime(invalidityDate)));
  const parts = [der.integerBytes(serialNumber), der.time(revocationDate)];
  if (extensions.length > 0) parts.push(der.sequence(...extensions));
  return der.sequence(...parts);
}

/** @param list reader inside revokedCertificates */
export function readCrlEntry(list: DerReader): CrlEntry {
  const entry = list.enter(tag.sequence);
  const serialNumber = entry.integerBytes();
  const revocationDate = entry.time();
  const sequence = entry.optionalEnter(tag.sequence);
  entry.end();
  if (sequence?.done === true) throw sequence.error('crlEntryExtensions is an empty SEQUENCE (RFC 5280 §5.1.2.6)');
  const extensions = sequence === undefined ? [] : readExtensions(sequence);
  let reason: CrlReason = 'unspecified';
  let invalidityDate: Date | undefined;
  for (const extension of extensions) {
    if (extension.oid === rfc5280['id-ce-cRLReasons']) reason = parseReasonCode(extension);
    else if (extension.oid === rfc5280['id-ce-invalidityDate']) invalidityDate = parseInvalidityDate(extension);
    else if (extension.critical) {
      // RFC 5280 §5.3: such a CRL must not be used. certificateIssuer of indirect CRLs is among them.
      throw entry.error(`the critical extension ${extension.oid} of an entry is not known`);
    }
  }
  return { serialNumber, serialNumberHex: toHex(serialNumber), revocationDate, reason, invalidityDate };
}

function parseReasonCode({ value }: Extension): CrlReason {
  const reader = new DerReader(value);
  const code = reader.enumerated();
  reader.end();
  const reason = findCrlReason(code);
  if (reason === undefined) throw reader.error(`there is no CRLReason ${code} (RFC 5280 §5.3.1)`);
  return reason;
}

function parseInvalidityDate({ value }: Extension): Date {
  const reader = new DerReader(value);
  const date = reader.generalizedTime();
  reader.end();
  return date;
}
