/**
 * SCEP messages of every type changed in every way that a structure can be, at every layer: in what is sent, in what is
 * signed, in what is encrypted, in its content. Each layer above is made anew, so that a change reaches the one below. Each
 * is answered or refused, never as a fault, never slowly, and never grants what was not asked for.
 */
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { concatBytes, der, equalBytes, readWhole, tag, toHex } from '@touchmark/asn1';
import { parseSignedData } from '@touchmark/cms';
import { scepPost } from '../../bench/support/memory-scep.ts';
import { encodeAttributes, encodeEnvelope, signAttributes } from '../../bench/support/scep-message.ts';
import { anyChange, mutantsOf, neverDer } from '../../packages/x509/test/support/mutants.ts';
import { usedMemory } from '../support/heap.ts';
import { leastProcessorTime } from '../support/processor-time.ts';
import { randomFrom } from '../support/random.ts';
import { createScepWorld, readAnswer } from '../support/scep-mutants-world.ts';
import type { Original, ReadAnswer, ScepWorld } from '../support/scep-mutants-world.ts';

const seed = Number(process.env.SCEP_MUTANTS_SEED ?? Math.floor(Math.random() * 2 ** 32));
const wanted = 20_000;
/** Of those, at random places. */
const atRandom = 2000;

interface Node {
  readonly identifier: number;
  readonly content: Uint8Array;
  readonly children: readonly unknown[] | undefined;
}

const changes = {
  ...neverDer,
  ...anyChange,
  'repeated two hundred times': (_: Node, encoded: Uint8Array) =>
    concatBytes(...Array.from({ length: 200 }, () => encoded)),
  'turned round': (node: Node, encoded: Uint8Array) =>
    node.children && der.tlv(node.identifier, ...elementsOf(encoded).toReversed()),
  'in pieces of one octet': (node: Node) =>
    node.identifier === tag.octetString || node.identifier === 0x80
      ? der.tlv(node.identifier | 0x20, ...Array.from(node.content, (octet) => der.octetString(Uint8Array.of(octet))))
      : undefined,
  'of zeros': (node: Node) => der.tlv(node.identifier, new Uint8Array(node.content.length)),
  'of ones': (node: Node) => der.tlv(node.identifier, new Uint8Array(node.content.length).fill(0xff)),
};

function elementsOf(element: Uint8Array): Uint8Array[] {
  const reader = readWhole(element, element[0]);
  const elements: Uint8Array[] = [];
  while (!reader.done) elements.push(reader.element());
  return elements;
}

interface Layer {
  readonly name: string;
  readonly bytes: Uint8Array;
  /** The message around it. */
  readonly wrap: (bytes: Uint8Array) => Uint8Array;
}

function layersOf({ messageType, content, signer }: Original, { recipient }: ScepWorld): readonly Layer[] {
  const envelope = encodeEnvelope(content, recipient);
  const attributes = encodeAttributes(messageType, envelope, signer);
  const sign = (bytes: Uint8Array): Uint8Array =>
    signAttributes(encodeAttributes(messageType, bytes, signer), bytes, signer);
  return [
    { name: 'as sent', bytes: signAttributes(attributes, envelope, signer), wrap: (bytes) => bytes },
    { name: 'attributes', bytes: attributes, wrap: (bytes) => signAttributes(bytes, envelope, signer) },
    { name: 'envelope', bytes: envelope, wrap: sign },
    { name: 'content', bytes: content, wrap: (bytes) => sign(encodeEnvelope(bytes, recipient)) },
  ];
}

interface NamedMutant {
  readonly name: string;
  readonly original: Original;
  readonly layer: Layer;
  readonly message: Uint8Array;
}

/** In an order that does not depend on the seed; then at random. */
function* mutants(world: ScepWorld): Generator<NamedMutant> {
  const all = world.originals.flatMap((original) => layersOf(original, world).map((layer) => ({ original, layer })));
  for (const { original, layer } of all) {
    const named = (name: string, bytes: Uint8Array): NamedMutant => ({
      name: `${original.messageType}, ${layer.name}, ${name}`,
      original,
      layer,
      message: layer.wrap(bytes),
    });
    yield named('unchanged', layer.bytes);
    for (const mutant of mutantsOf(layer.bytes, changes)) yield named(mutant.name, mutant.bytes);
    for (let length = 0; length < layer.bytes.length; length++) {
      yield named(`cut off after ${length}`, layer.bytes.slice(0, length));
    }
    for (const octet of [0x00, 0x30, 0xff]) yield named(`with ${octet} behind`, Uint8Array.of(...layer.bytes, octet));
  }
  const next = randomFrom(seed);
  for (let count = 0; count < atRandom; count++) {
    const { original, layer } = all[Math.floor(next() * all.length)]!;
    const bytes = Uint8Array.from(layer.bytes);
    const places = 1 + Math.floor(next() * 3);
    for (let place = 0; place < places; place++) bytes[Math.floor(next() * bytes.length)] = Math.floor(next() * 256);
    const name = `${original.messageType}, ${layer.name}, mutant ${count} of seed ${seed}`;
    yield { name, original, layer, message: layer.wrap(bytes) };
  }
}

/** What a signature is over, whatever order the attributes are sent in. */
function signedOctets(message: Uint8Array): Uint8Array {
  const { contentType, content = new Uint8Array(0), signers } = parseSignedData(message);
  const attributes = signers.flatMap(({ signedAttributesDer = der.set() }) =>
    der.set(...elementsOf(signedAttributesDer)),
  );
  return concatBytes(der.oid(contentType), content, ...attributes);
}

describe(`${wanted} mutants of SCEP messages, seed ${seed}`, () => {
  let world: ScepWorld;
  beforeAll(async () => {
    process.stderr.write(`SCEP_MUTANTS_SEED=${seed}\n`);
    world = await createScepWorld();
  });

  const outcomes = new Map<string, number>();
  const granted = new Map<string, number>();
  let slowest = { milliseconds: 0, name: '' };
  let count = 0;
  let growth = 0;
  afterAll(() => {
    const table = [...outcomes].toSorted(([a], [b]) => (a < b ? -1 : 1)).map(([what, times]) => `${what}: ${times}`);
    process.stderr.write(
      `${count} mutants, the slowest ${slowest.milliseconds.toFixed(1)} ms (${slowest.name}), memory ${(growth / 2 ** 20).toFixed(1)} MiB more\n${table.join('\n')}\n`,
    );
  });

  const ask = async ({ name, original, message }: NamedMutant): Promise<ReadAnswer> => {
    // A handler that has not met the encrypted key yet: after some messages that cannot be read it decrypts no more of them.
    const { result: response, milliseconds } = await leastProcessorTime(() => world.newHandler()(scepPost(message)));
    if (milliseconds > slowest.milliseconds) slowest = { milliseconds, name };
    return readAnswer(response, original.signer, world.recipient);
  };

  it('are each answered, or refused as what a client did wrong', async () => {
    const warmUp = 2000;
    let before = 0;
    for (const mutant of mutants(world)) {
      if (count === warmUp) before = usedMemory();
      count += 1;
      const answer = await ask(mutant).catch((error: unknown) => {
        throw new Error(`${mutant.name}: ${toHex(mutant.message)}`, { cause: error });
      });
      const outcome = [answer.kind, 'status' in answer ? answer.status : '', 'code' in answer ? answer.code : ''].join(
        ' ',
      );
      outcomes.set(outcome, (outcomes.get(outcome) ?? 0) + 1);
      const isFault = 'code' in answer && (answer.code === 'internal' || answer.code === '');
      if (isFault || (answer.kind === 'HTTP' && ![400, 413].includes(answer.status))) {
        throw new Error(`${outcome}, ${mutant.name}: ${toHex(mutant.message)}`);
      }
      if (mutant.name.endsWith('unchanged')) expect(answer.kind).toBe('SUCCESS');
      if (answer.kind === 'SUCCESS') {
        granted.set(mutant.layer.name, (granted.get(mutant.layer.name) ?? 0) + 1);
        checkGranted(mutant, answer);
      }
    }
    growth = usedMemory() - before;
    expect(count).toBeGreaterThanOrEqual(wanted);
    expect(world.faults).toEqual([]);
    // Mutants that all fail for one reason would prove little.
    expect(outcomes.size).toBeGreaterThan(15);
    expect(granted.get('as sent')).toBeGreaterThan(50);
    expect(granted.get('attributes')).toBeGreaterThan(50);
    expect(granted.get('envelope')).toBeGreaterThan(50);
  }, 180_000);

  /** Nothing but what the original is granted, and only for what its signer signed. */
  const checkGranted = (
    { name, original, layer, message }: NamedMutant,
    answer: ReadAnswer & { kind: 'SUCCESS' },
  ): void => {
    const { certificatesDer, crlsDer } = answer.certsOnly;
    const first = certificatesDer[0] ?? crlsDer[0] ?? new Uint8Array(0);
    if (!equalBytes(first, original.granted) && !equalBytes(first, world.crlDer)) {
      throw new Error(`Another certificate was granted, ${name}: ${toHex(message)}`);
    }
    if (layer.name === 'as sent' && !equalBytes(signedOctets(message), signedOctets(layer.bytes))) {
      throw new Error(`It was granted though something else was signed, ${name}: ${toHex(message)}`);
    }
  };

  it('are decided within 250 ms', () => expect(slowest.milliseconds).toBeLessThan(250));

  it('leave no memory behind', () => expect(growth).toBeLessThan(16 * 2 ** 20));
});
