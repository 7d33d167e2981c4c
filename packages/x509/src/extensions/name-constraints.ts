/**
 * NameConstraints (RFC 5280 §4.2.1.10).
 *
 *     NameConstraints ::= SEQUENCE {
 *       permittedSubtrees [0] GeneralSubtrees OPTIONAL,
 *       excludedSubtrees  [1] GeneralSubtrees OPTIONAL }
 *     GeneralSubtree ::= SEQUENCE { base GeneralName, minimum [0] DEFAULT 0, maximum [1] OPTIONAL }
 */
import type { DerReader } from '@touchmark/asn1';
import { contextTag, der, readWhole, rfc5280, tag } from '@touchmark/asn1';
import { encodeGeneralName, readGeneralName } from '../names/general-name.ts';
import { formatIpNetwork, parseIpNetwork } from '../names/ip-network.ts';
import { NameError } from '../names/name-error.ts';
import type { Name } from '../names/name.ts';
import { extensionEncoder } from './extension.ts';

/** The base of a subtree: the names at it and below it. */
export type NameSubtree =
  /**
   * dns: `example.com` is it and every name that ends in `.example.com`; the empty text is every DNS name.
   * uri: the host; `example.com` is that host, `.example.com` every host below it.
   * email: a mailbox, a host `example.com`, or with `.example.com` every host below it.
   */
  | { readonly kind: 'dns' | 'uri' | 'email'; readonly value: string }
  /** Address and length of the prefix: `10.0.0.0/8`, `2001:db8::/32`. */
  | { readonly kind: 'ip'; readonly value: string }
  | { readonly kind: 'directoryName'; readonly name: Name }
  /** registeredID, otherName, x400Address, ediPartyName: the whole element. */
  | { readonly kind: 'other'; readonly der: Uint8Array };

export interface NameConstraints {
  /** None of a kind: every name of that kind is permitted. */
  readonly permittedSubtrees: readonly NameSubtree[];
  readonly excludedSubtrees: readonly NameSubtree[];
}

const encode = extensionEncoder(rfc5280['id-ce-nameConstraints']);
const ipAddress = contextTag(7, false);
const dnsName = contextTag(2, false);

/** Critical, as RFC 5280 demands. Throws NameError for a base that its form cannot hold, RangeError without any subtree. */
export function encodeNameConstraints({ permittedSubtrees, excludedSubtrees }: NameConstraints): Uint8Array {
  if (permittedSubtrees.length + excludedSubtrees.length === 0) {
    throw new RangeError('nameConstraints need one subtree at least (RFC 5280 §4.2.1.10)');
  }
  return encode(true, der.sequence(...encodeSubtrees(0, permittedSubtrees), ...encodeSubtrees(1, excludedSubtrees)));
}

function encodeSubtrees(number: number, subtrees: readonly NameSubtree[]): Uint8Array[] {
  if (subtrees.length === 0) return [];
  // GeneralSubtrees is tagged implicitly: the tag takes the place of that of its SEQUENCE. minimum has its default.
  return [der.explicit(number, ...subtrees.map((subtree) => der.sequence(encodeBase(subtree))))];
}

function encodeBase(subtree: NameSubtree): Uint8Array {
  switch (subtree.kind) {
    case 'dns':
      return subtree.value === '' ? der.tlv(dnsName, new Uint8Array()) : encodeGeneralName(subtree);
    case 'uri':
    case 'email':
    case 'directoryName':
      return encodeGeneralName(subtree);
    case 'ip': {
      const network = parseIpNetwork(subtree.value);
      if (network === undefined) {
        throw new NameError('ip subtree', subtree.value, 'it is no network such as 10.0.0.0/8 or 2001:db8::/32');
      }
      return der.tlv(ipAddress, network);
    }
    case 'other':
      return subtree.der;
  }
}

/** Throws Asn1Error. */
export function parseNameConstraints(value: Uint8Array): NameConstraints {
  const sequence = readWhole(value);
  const permitted = sequence.optionalEnter(contextTag(0, true));
  const excluded = sequence.optionalEnter(contextTag(1, true));
  sequence.end();
  if (permitted === undefined && excluded === undefined) {
    throw sequence.error('nameConstraints have no subtree (RFC 5280 §4.2.1.10)');
  }
  return { permittedSubtrees: readSubtrees(permitted), excludedSubtrees: readSubtrees(excluded) };
}

function readSubtrees(reader: DerReader | undefined): NameSubtree[] {
  const subtrees: NameSubtree[] = [];
  if (reader === undefined) return subtrees;
  do {
    const subtree = reader.enter(tag.sequence);
    subtrees.push(readBase(subtree));
    // RFC 5280 §4.2.1.10: minimum is 0, which DER leaves out, and maximum is absent.
    subtree.end();
  } while (!reader.done);
  return subtrees;
}

function readBase(reader: DerReader): NameSubtree {
  const identifier = reader.peek();
  if (identifier === ipAddress) return { kind: 'ip', value: readIpNetwork(reader, identifier) };
  const base = reader.peekElement();
  const name = readGeneralName(reader);
  switch (name.kind) {
    case 'dns':
    case 'uri':
    case 'email':
      return { kind: name.kind, value: name.value };
    case 'directoryName':
      return name;
    case 'ip':
    case 'registeredId':
    case 'other':
      return { kind: 'other', der: base };
  }
}

function readIpNetwork(reader: DerReader, identifier: number): string {
  const { offset } = reader;
  const text = formatIpNetwork(reader.octetString(identifier));
  if (text === undefined) {
    throw reader.error('an iPAddress subtree is no address with a mask of leading ones (RFC 4632 §3.1)', offset);
  }
  return text;
}
