/** Extension and Extensions (RFC 5280 §4.1.2.9): the frame, whatever is inside. */
import { DerReader, Asn1Error, der, readWhole, tag } from '@touchmark/asn1';

export interface Extension {
  readonly oid: string;
  readonly critical: boolean;
  /** Content of the OCTET STRING extnValue. */
  readonly value: Uint8Array;
  readonly der: Uint8Array;
}

/** The extensions inside a SEQUENCE. Throws Asn1Error; an extension may be there once only (RFC 5280 §4.2). */
export function readExtensions(sequence: DerReader): Extension[] {
  const extensions: Extension[] = [];
  const seen = new Set<string>();
  while (!sequence.done) {
    const { offset } = sequence;
    const extension = readExtension(sequence);
    if (seen.size === seen.add(extension.oid).size) {
      throw new Asn1Error(`the extension ${extension.oid} is there twice`, offset, 'repeated');
    }
    extensions.push(extension);
  }
  return extensions;
}

/** The extensions of an explicit tag around Extensions, which must not be empty: SIZE (1..MAX). */
export function readExplicitExtensions(explicit: DerReader): Extension[] {
  const sequence = explicit.enter(tag.sequence);
  explicit.end();
  if (sequence.done) throw sequence.error('there are Extensions without an extension in them');
  return readExtensions(sequence);
}

function readExtension(sequence: DerReader): Extension {
  const extensionDer = sequence.peekElement(tag.sequence);
  const extension = sequence.enter(tag.sequence);
  const oid = extension.oid();
  const critical = readCritical(extension);
  const value = extension.octetString();
  extension.end();
  return { oid, critical, value, der: extensionDer };
}

function readCritical(extension: DerReader): boolean {
  const { offset } = extension;
  if (extension.peek() !== tag.boolean) return false;
  if (!extension.boolean()) {
    throw extension.error('critical is written although it is FALSE (X.690 §11.5)', offset, 'defaultWritten');
  }
  return true;
}

/** One Extension in DER. Throws Asn1Error. */
export function parseExtension(extensionDer: Uint8Array): Extension {
  const reader = new DerReader(extensionDer);
  const extension = readExtension(reader);
  reader.end();
  return extension;
}

/** A SEQUENCE OF Extension in DER. Throws Asn1Error. */
export function parseExtensions(extensionsDer: Uint8Array): Extension[] {
  return readExtensions(readWhole(extensionsDer));
}

const criticalTrue = der.boolean(true);

/** A function that frames values of one extension; its object identifier is encoded once. */
export function extensionEncoder(oid: string): (critical: boolean, value: Uint8Array) => Uint8Array {
  const oidDer = der.oid(oid);
  return (critical, value) =>
    critical
      ? der.sequence(oidDer, criticalTrue, der.octetString(value))
      : der.sequence(oidDer, der.octetString(value));
}

/** Any extension, from the DER of its value. */
export function encodeExtension(oid: string, critical: boolean, value: Uint8Array): Uint8Array {
  return extensionEncoder(oid)(critical, value);
}

export function findExtension(
  { extensions }: { readonly extensions: readonly Extension[] },
  oid: string,
): Extension | undefined {
  return extensions.find((extension) => extension.oid === oid);
}
