/**
 * Certification requests changed in every way that a structure can be: through the whole issuance cycle, each is issued or
 * refused with a code of the table, never a fault, never slowly; and what is accepted is read alike by another implementation.
 */
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { der, rfc2985, toHex } from '@touchmark/asn1';
import type { Signer } from '@touchmark/crypto';
import {
  encodeName,
  encodeSigned,
  extension,
  parseBasicConstraints,
  parseCertificate,
  parseCertificationRequest,
  parseKeyUsage,
} from '@touchmark/x509';
import { anyChange, mutantsOf, neverDer } from '../../packages/x509/test/support/mutants.ts';
import { readByOthers } from '../../packages/x509/test/support/second-reader.ts';
import { attribute, craftInfo, deviceSigner, extensionRequest } from '../support/crafted-request.ts';
import type { CraftedParts } from '../support/crafted-request.ts';
import { createWorld } from '../support/enrollment-world.ts';
import type { World } from '../support/enrollment-world.ts';
import { leastProcessorTime } from '../support/processor-time.ts';
import { randomFrom } from '../support/random.ts';

const seed = Number(process.env.REQUEST_MUTANTS_SEED ?? Math.floor(Math.random() * 2 ** 32));
const wanted = 20_000;

const changes = {
  ...neverDer,
  ...anyChange,
  'repeated two hundred times': (_: unknown, encoded: Uint8Array) =>
    new Uint8Array(Buffer.concat(Array.from({ length: 200 }, () => encoded))),
  'of zeros': (node: { identifier: number; content: Uint8Array }) =>
    der.tlv(node.identifier, new Uint8Array(node.content.length)),
  'of ones': (node: { identifier: number; content: Uint8Array }) =>
    der.tlv(node.identifier, new Uint8Array(node.content.length).fill(0xff)),
};

interface Original {
  readonly name: string;
  readonly info: Uint8Array;
  readonly signer: Signer;
}

const names = extension.subjectAltName(
  [
    { kind: 'dns', value: 'pump-7.example.com' },
    { kind: 'ip', value: '192.0.2.7' },
    { kind: 'uri', value: 'urn:dev:7' },
  ],
  false,
);

async function originals(): Promise<readonly Original[]> {
  const make = async (name: string, keyAlgorithm: 'ec-p256' | 'rsa-2048' | 'ed25519', parts: CraftedParts = {}) => {
    const signer = await deviceSigner(keyAlgorithm);
    return { name, info: craftInfo(parts, signer), signer };
  };
  const subject = encodeName([
    { attribute: 'countryName', value: 'DE' },
    { attribute: 'organizationName', value: 'Zinngießerei' },
    { attribute: 'commonName', value: 'device-0042' },
  ]);
  const asked = [names, extension.keyUsage(['digitalSignature']), extension.extendedKeyUsage(['1.3.6.1.5.5.7.3.2'])];
  const challenge = attribute(rfc2985['pkcs-9-at-challengePassword'], der.utf8String('left over'));
  return [
    await make('P-256 with everything', 'ec-p256', { subject, attributes: [extensionRequest(...asked), challenge] }),
    await make('RSA', 'rsa-2048', { attributes: [extensionRequest(names)] }),
    await make('Ed25519 without attributes', 'ed25519'),
  ];
}

const knownAttributes: readonly string[] = [
  rfc2985['pkcs-9-at-challengePassword'],
  rfc2985['pkcs-9-at-extensionRequest'],
];

/** What the others read, or why they do not. */
function reading(requestDer: Uint8Array): unknown {
  try {
    return readByOthers(requestDer);
  } catch (error) {
    return String(error);
  }
}

interface NamedMutant {
  readonly name: string;
  readonly requestDer: Uint8Array;
}

/** In an order that does not depend on the seed, then at random until there are enough. */
async function* mutants(): AsyncGenerator<NamedMutant> {
  const all = await originals();
  let count = 0;
  for (const { name, info, signer } of all) {
    const { algorithmIdentifierDer } = signer.algorithm;
    const whole = encodeSigned(info, algorithmIdentifierDer, await signer.sign(info));
    yield { name: `${name}, unchanged`, requestDer: whole };
    for (const mutant of mutantsOf(whole, changes)) {
      yield { name: `${name}, ${mutant.name}`, requestDer: mutant.bytes };
      count += 1;
    }
    // What is inside the signature is changed before it is made, so that it verifies.
    for (const mutant of mutantsOf(info, changes)) {
      const signature = await signer.sign(mutant.bytes);
      const requestDer = encodeSigned(mutant.bytes, algorithmIdentifierDer, signature);
      yield { name: `${name}, signed with ${mutant.name}`, requestDer };
      count += 1;
    }
    for (let length = 0; length < whole.length; length++) {
      yield { name: `${name}, cut off after ${length}`, requestDer: whole.slice(0, length) };
      count += 1;
    }
    for (const octet of [0x00, 0x30, 0xff]) {
      yield { name: `${name}, with ${octet} behind`, requestDer: Uint8Array.of(...whole, octet) };
      count += 1;
    }
  }
  const next = randomFrom(seed);
  for (; count < wanted; count++) {
    const original = all[Math.floor(next() * all.length)] ?? all[0]!;
    const info = Uint8Array.from(original.info);
    const places = 1 + Math.floor(next() * 3);
    for (let place = 0; place < places; place++) info[Math.floor(next() * info.length)] = Math.floor(next() * 256);
    const { algorithm } = original.signer;
    const requestDer = encodeSigned(info, algorithm.algorithmIdentifierDer, await original.signer.sign(info));
    yield { name: `${original.name}, mutant ${count} of seed ${seed}`, requestDer };
  }
}

describe(`${wanted} mutants of certification requests, seed ${seed}`, () => {
  let world: World;
  beforeAll(async () => {
    process.stderr.write(`REQUEST_MUTANTS_SEED=${seed}\n`);
    const subjectAltName = {
      fixed: [],
      fromRequest: ['dns' as const, 'ip' as const, 'uri' as const],
      required: false,
      allowWildcard: false,
      allowLocalhost: false,
    };
    const keyAlgorithms = ['ec-p256' as const, 'rsa-2048' as const, 'ed25519' as const];
    world = await createWorld({ rules: { subjectAltName, keyAlgorithms } });
  });

  const codes = new Map<string, number>();
  const accepted: NamedMutant[] = [];
  let slowest = { milliseconds: 0, name: '' };
  let count = 0;
  afterAll(() => {
    process.stderr.write(
      `${count} mutants, ${accepted.length} accepted, ${codes.size} codes, the slowest ${slowest.milliseconds.toFixed(1)} ms (${slowest.name})\n`,
    );
  });

  it('are each issued, or refused with a code that is not a fault of the service', async () => {
    for await (const mutant of mutants()) {
      const { result: outcome, milliseconds } = await leastProcessorTime(() => world.enroll(mutant.requestDer));
      if (milliseconds > slowest.milliseconds) slowest = { milliseconds, name: mutant.name };
      count += 1;
      if (outcome.kind === 'issued') accepted.push(mutant);
      else if (outcome.kind === 'refused') codes.set(outcome.error.code, (codes.get(outcome.error.code) ?? 0) + 1);
      if (outcome.kind === 'refused' && outcome.error.code === 'internal') {
        throw new Error(`${mutant.name}: ${toHex(mutant.requestDer)}`, { cause: outcome.error.cause });
      }
    }
    expect(count).toBeGreaterThanOrEqual(wanted);
    expect(world.failures).toEqual([]);
    // Mutants that all fail for one reason would prove little.
    expect(codes.size).toBeGreaterThan(40);
    expect(accepted.length).toBeGreaterThan(50);
  }, 120_000);

  it('are decided within 250 ms', () => expect(slowest.milliseconds).toBeLessThan(250));

  it('are read alike by @peculiar/x509 and PKI.js where they are accepted', () => {
    const different = accepted.flatMap(({ name, requestDer }) => {
      const ours = parseCertificationRequest(requestDer);
      const asked = ours.requestedExtensions.find(({ oid }) => oid === '2.5.29.17');
      const theirs = reading(requestDer);
      // What is in an attribute that nobody knows is not looked at here, while others take all of it apart.
      if (typeof theirs === 'string' && ours.attributes.some(({ oid }) => !knownAttributes.includes(oid))) return [];
      // A value that is no text, of a type that nobody knows, is kept as it came; others read it, or lose what is in a NULL.
      if (ours.subject.rdns.flat().some(({ value }) => value.startsWith('#'))) return [];
      // asn1js takes the octets of a key or signature for elements where they look so, and fails over the types that it finds.
      if (typeof theirs === 'string' && theirs.includes('is reserved by ASN.1 standard')) return [];
      const expected = {
        subjectHex: toHex(ours.subject.der),
        subjectPublicKeyInfoHex: toHex(ours.subjectPublicKeyInfoDer),
        subjectAltNameHex: asked === undefined ? '' : toHex(asked.value),
      };
      const same = JSON.stringify(theirs) === JSON.stringify(expected);
      return same ? [] : [{ name, theirs, expected, requestHex: toHex(requestDer) }];
    });
    expect(different).toEqual([]);
  });

  it('give certificates of devices and of nothing else', () => {
    for (const { certificateDer } of world.issued) {
      const { extensions } = parseCertificate(certificateDer);
      const constraints = extensions.find(({ oid }) => oid === '2.5.29.19');
      expect(constraints && parseBasicConstraints(constraints.value)).toEqual({ cA: false });
      const usage = extensions.find(({ oid }) => oid === '2.5.29.15');
      expect(usage && parseKeyUsage(usage.value).filter((bit) => bit === 'keyCertSign' || bit === 'cRLSign')).toEqual(
        [],
      );
    }
  });
});
