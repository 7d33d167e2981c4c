/** Lints the very bytes that a CA is about to sign as a CRL, and single entries when they are made. */
import { Asn1Error, DerReader } from '@touchmark/asn1';
import { crlEntryLints, crlLints } from './crl-lints.ts';
import { runLints, type Lint, type LintFinding } from './lint.ts';
import { notDer } from './not-der.ts';
import {
  parseTbsCertList,
  readCrlEntry,
  type CrlEntryInList,
  type ListOfEntry,
  type TbsCertList,
} from './structure/tbs-cert-list.ts';
import { hex } from './structure/text.ts';

export interface LintTbsCertListOptions {
  /**
   * The entries went through `lintCrlEntry` when they were made and are distinct by the registry: leave them alone.
   * What remains takes the same few microseconds for one entry and for a million.
   */
  readonly entriesAreLinted?: boolean;
}

/** Every requirement that the DER TBSCertList breaks; of each lint on entries the first entry that breaks it. */
export function lintTbsCertList(tbsCertListDer: Uint8Array, options: LintTbsCertListOptions = {}): LintFinding[] {
  let tbsCertList: TbsCertList;
  try {
    tbsCertList = parseTbsCertList(tbsCertListDer);
    if (options.entriesAreLinted === true) return runLints(crlLintsWithoutEntries, tbsCertList);
    return [...lintEntries(tbsCertList), ...runLints(crlLints, tbsCertList)];
  } catch (error) {
    if (!(error instanceof Asn1Error)) throw error;
    return [notDer('TBSCertList', error)];
  }
}

/** Every requirement that one encoded entry of an ordinary CRL (neither delta nor indirect) breaks. */
export function lintCrlEntry(entryDer: Uint8Array): LintFinding[] {
  try {
    const reader = new DerReader(entryDer);
    const entry = readCrlEntry(reader, { isInDelta: false, isInIndirect: false });
    reader.end();
    return runLints(crlEntryLints, entry);
  } catch (error) {
    if (!(error instanceof Asn1Error)) throw error;
    return [notDer('CRL entry', error)];
  }
}

const crlLintsWithoutEntries = crlLints.filter(({ name }) => name !== 'crl-entries-distinct');

function lintEntries(tbsCertList: TbsCertList): LintFinding[] {
  if (tbsCertList.revokedCertificates === undefined) return [];
  const list: ListOfEntry = {
    isInDelta: tbsCertList.isDelta,
    isInIndirect: tbsCertList.extensions.values.issuingDistributionPoint?.indirectCRL === true,
  };
  const findings: LintFinding[] = [];
  let remaining: readonly Lint<CrlEntryInList>[] = crlEntryLints;
  const reader = new DerReader(tbsCertList.revokedCertificates);
  while (!reader.done) {
    const entry = readCrlEntry(reader, list);
    const found = runLints(remaining, entry);
    if (found.length === 0) continue;
    const where = `in the entry of serial number ${hex(entry.userCertificate)}`;
    findings.push(...found.map((finding) => ({ ...finding, message: `${finding.message} (${where})` })));
    remaining = remaining.filter(({ name }) => found.every(({ lint }) => lint !== name));
  }
  return findings;
}
