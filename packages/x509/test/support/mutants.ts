/** Structured mutants of DER: every element changed in every way, with the lengths around it kept right. */
import { DerReader, concatBytes, der, toHex } from '@touchmark/asn1';

interface Node {
  readonly identifier: number;
  readonly content: Uint8Array;
  /** Of constructed elements. */
  readonly children: readonly Node[] | undefined;
}

export interface Mutant {
  readonly name: string;
  readonly bytes: Uint8Array;
}

/** A change of one element: undefined when it does not apply. */
type Change = (node: Node, encoded: Uint8Array) => Uint8Array | undefined;

/** Changes after which no structure of ours is DER any more. */
export const neverDer: Readonly<Record<string, Change>> = {
  'indefinite length': (node, encoded) =>
    node.children && concatBytes(encoded.subarray(0, 1), Uint8Array.of(0x80), node.content, Uint8Array.of(0, 0)),
  'length with a leading zero': (node) =>
    concatBytes(
      Uint8Array.of(node.identifier, 0x84),
      Uint8Array.of(...[24, 16, 8, 0].map((shift) => (node.content.length >> shift) & 0xff)),
      node.content,
    ),
  'high tag number': (node, encoded) => concatBytes(Uint8Array.of(node.identifier | 0x1f, 0x1f), encoded.subarray(1)),
  'announces one octet more': (node) =>
    concatBytes(Uint8Array.of(node.identifier), der.length(node.content.length + 1), node.content),
};

/** Changes that may leave something acceptable, since much is optional. */
export const anyChange: Readonly<Record<string, Change>> = {
  dropped: () => new Uint8Array(),
  duplicated: (_, encoded) => concatBytes(encoded, encoded),
  emptied: (node) => Uint8Array.of(node.identifier, 0),
  'with an octet more': (node) => der.tlv(node.identifier, node.content, Uint8Array.of(0)),
  'with an octet less': (node) =>
    node.content.length === 0 ? undefined : der.tlv(node.identifier, node.content.subarray(0, -1)),
  'constructed or not the other way': (node) => der.tlv(node.identifier ^ 0x20, node.content),
  'of the next type': (node) => der.tlv((node.identifier & 0xe0) | ((node.identifier + 1) & 0x1f), node.content),
  'in a class of its own': (node) => der.tlv(node.identifier ^ 0xc0, node.content),
  'wrapped in a SEQUENCE': (_, encoded) => der.sequence(encoded),
  'nested a thousand deep': () => new Uint8Array(Buffer.from('30840000000030800000'.repeat(1000), 'hex')),
};

export function* mutantsOf(bytes: Uint8Array, changes: Readonly<Record<string, Change>>): Generator<Mutant> {
  const root = parse(bytes);
  const paths = [...pathsOf(root, [])];
  for (const [change, apply] of Object.entries(changes)) {
    for (const path of paths) {
      const mutant = rebuild(root, path, apply);
      if (mutant === undefined || toHex(mutant) === toHex(bytes)) continue;
      yield { name: `element ${path.join('.') || 'outermost'} ${change}`, bytes: mutant };
    }
  }
}

function parse(bytes: Uint8Array): Node {
  const identifier = bytes[0]!;
  const content = new DerReader(bytes).content(identifier);
  if ((identifier & 0x20) === 0) return { identifier, content, children: undefined };
  const children: Node[] = [];
  const reader = new DerReader(content);
  while (!reader.done) children.push(parse(reader.element()));
  return { identifier, content, children };
}

function* pathsOf(node: Node, path: readonly number[]): Generator<readonly number[]> {
  yield path;
  for (const [index, child] of (node.children ?? []).entries()) yield* pathsOf(child, [...path, index]);
}

function rebuild(node: Node, path: readonly number[], apply: Change): Uint8Array | undefined {
  const [first, ...rest] = path;
  if (first === undefined) return apply(node, der.tlv(node.identifier, node.content));
  const parts = (node.children ?? []).map((child, index) =>
    index === first ? rebuild(child, rest, apply) : der.tlv(child.identifier, child.content),
  );
  return parts.includes(undefined) ? undefined : der.tlv(node.identifier, ...(parts as Uint8Array[]));
}
