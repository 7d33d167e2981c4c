/** A PKCS #11 module, called through its function list: the few functions that are needed, with bytes in and bytes out. */
import { endianness } from 'node:os';
import koffi from 'koffi';
import { CryptokiError, ckf, ckr, nameOfReturnValue } from './cryptoki.ts';

/** A CK_ULONG: handles, flags, types. */
export type Ulong = bigint;

export interface Attribute {
  readonly type: number;
  readonly value: Uint8Array;
}

export interface Mechanism {
  readonly type: Ulong;
  /** The parameter structure, packed; empty when there is none. */
  readonly parameter: Uint8Array;
}

export interface TokenInfo {
  readonly slotId: Ulong;
  readonly slotDescription: string;
  readonly slotManufacturer: string;
  readonly label: string;
  readonly manufacturer: string;
  readonly model: string;
  readonly serial: string;
  readonly flags: Ulong;
  /** 0: not known, or without limit. */
  readonly maxSessionCount: Ulong;
}

/** Every function rejects with CryptokiError when the module refuses. One session takes one call at a time. */
export interface CryptokiModule {
  /** Of slots with a token in them. */
  listTokens(): Promise<readonly TokenInfo[]>;
  openSession(slotId: Ulong, flags: Ulong): Promise<Ulong>;
  closeSession(session: Ulong): Promise<void>;
  closeAllSessions(slotId: Ulong): Promise<void>;
  login(session: Ulong, pin: Uint8Array): Promise<void>;
  findObjects(session: Ulong, template: readonly Attribute[], limit: number): Promise<readonly Ulong[]>;
  /** In the order asked for; undefined for one that the object does not have or does not show. */
  getAttributes(session: Ulong, object: Ulong, types: readonly number[]): Promise<readonly (Uint8Array | undefined)[]>;
  generateKeyPair(
    session: Ulong,
    mechanism: Mechanism,
    publicTemplate: readonly Attribute[],
    privateTemplate: readonly Attribute[],
  ): Promise<{ readonly publicKey: Ulong; readonly privateKey: Ulong }>;
  destroyObject(session: Ulong, object: Ulong): Promise<void>;
  sign(session: Ulong, mechanism: Mechanism, key: Ulong, data: Uint8Array): Promise<Uint8Array>;
  finalize(): Promise<void>;
}

/** Positions in CK_FUNCTION_LIST, and the parameters: u a CK_ULONG, p a pointer. */
const functions = {
  C_Initialize: [0, 'p'],
  C_Finalize: [1, 'p'],
  C_GetSlotList: [4, 'upp'],
  C_GetSlotInfo: [5, 'up'],
  C_GetTokenInfo: [6, 'up'],
  C_OpenSession: [12, 'uuppp'],
  C_CloseSession: [13, 'u'],
  C_CloseAllSessions: [14, 'u'],
  C_Login: [18, 'uupu'],
  C_DestroyObject: [22, 'uu'],
  C_GetAttributeValue: [24, 'uupu'],
  C_FindObjectsInit: [26, 'upu'],
  C_FindObjects: [27, 'upup'],
  C_FindObjectsFinal: [28, 'u'],
  C_SignInit: [42, 'upu'],
  C_Sign: [43, 'upupp'],
  C_GenerateKeyPair: [59, 'uppupupp'],
} as const satisfies Record<string, readonly [position: number, parameters: string]>;
type FunctionName = keyof typeof functions;

const functionCount = 68;
/** An unsigned long and a pointer where PKCS #11 modules run (LP64). */
const word = 8;
/** Longer than any signature: RSA with 16384 bits. */
const signatureLimit = 2048;
const unavailable = 0xffffffffffffffffn;

type Argument = Uint8Array | bigint | null;

/**
 * Loads a module and initialises it, for use from several threads. A module is native code: whoever loads one trusts it with
 * the process.
 */
export async function loadCryptokiModule(path: string): Promise<CryptokiModule> {
  if (process.platform === 'win32' || endianness() !== 'LE') {
    throw new Error('PKCS #11 modules are supported on 64-bit little-endian Linux, macOS and BSD only.');
  }
  const call = functionsOf(path);
  const argumentsOfInitialize = Buffer.alloc(6 * word);
  // CKF_OS_LOCKING_OK: calls come from the threads of a pool.
  argumentsOfInitialize.writeBigUInt64LE(2n, 4 * word);
  await call('C_Initialize', argumentsOfInitialize);

  const readTokenInfo = async (slotId: Ulong): Promise<TokenInfo> => {
    const slot = Buffer.alloc(112);
    const token = Buffer.alloc(208);
    await call('C_GetSlotInfo', slotId, slot);
    await call('C_GetTokenInfo', slotId, token);
    return {
      slotId,
      slotDescription: padded(slot.subarray(0, 64)),
      slotManufacturer: padded(slot.subarray(64, 96)),
      label: padded(token.subarray(0, 32)),
      manufacturer: padded(token.subarray(32, 64)),
      model: padded(token.subarray(64, 80)),
      serial: padded(token.subarray(80, 96)),
      flags: token.readBigUInt64LE(96),
      maxSessionCount: token.readBigUInt64LE(104),
    };
  };

  return {
    async listTokens() {
      const count = ulong(0n);
      await call('C_GetSlotList', 1n, null, count);
      const slots = Buffer.alloc(Number(count.readBigUInt64LE()) * word + word);
      count.writeBigUInt64LE(BigInt(slots.length / word));
      await call('C_GetSlotList', 1n, slots, count);
      return Promise.all(ulongsOf(slots, Number(count.readBigUInt64LE())).map(readTokenInfo));
    },

    async openSession(slotId, flags) {
      const session = ulong(0n);
      await call('C_OpenSession', slotId, flags | ckf.serialSession, null, null, session);
      return session.readBigUInt64LE();
    },
    closeSession: (session) => call('C_CloseSession', session),
    closeAllSessions: (slotId) => call('C_CloseAllSessions', slotId),

    async login(session, pin) {
      const held = copy(pin);
      try {
        // CKU_USER
        await call('C_Login', session, 1n, held, BigInt(pin.length));
      } finally {
        held.fill(0);
      }
    },

    async findObjects(session, template, limit) {
      const { bytes, kept } = packAttributes(template);
      const found = Buffer.alloc(limit * word);
      const count = ulong(0n);
      await call('C_FindObjectsInit', session, bytes, BigInt(template.length), ...kept);
      try {
        await call('C_FindObjects', session, found, BigInt(limit), count);
      } finally {
        await call('C_FindObjectsFinal', session);
      }
      return ulongsOf(found, Number(count.readBigUInt64LE()));
    },

    async getAttributes(session, object, types) {
      const values: (Uint8Array | undefined)[] = [];
      // One by one: modules differ in what they fill in when one of several is refused.
      for (const type of types) values.push(await getAttribute(session, object, type));
      return values;
    },

    async generateKeyPair(session, mechanism, publicTemplate, privateTemplate) {
      const packed = packMechanism(mechanism);
      const publicAttributes = packAttributes(publicTemplate);
      const privateAttributes = packAttributes(privateTemplate);
      const [publicKey, privateKey] = [ulong(0n), ulong(0n)];
      await call(
        'C_GenerateKeyPair',
        session,
        packed.bytes,
        publicAttributes.bytes,
        BigInt(publicTemplate.length),
        privateAttributes.bytes,
        BigInt(privateTemplate.length),
        publicKey,
        privateKey,
        ...packed.kept,
        ...publicAttributes.kept,
        ...privateAttributes.kept,
      );
      return { publicKey: publicKey.readBigUInt64LE(), privateKey: privateKey.readBigUInt64LE() };
    },

    destroyObject: (session, object) => call('C_DestroyObject', session, object),

    async sign(session, mechanism, key, data) {
      const { bytes, kept } = packMechanism(mechanism);
      await call('C_SignInit', session, bytes, key, ...kept);
      const signature = Buffer.alloc(signatureLimit);
      const length = ulong(BigInt(signature.length));
      await call('C_Sign', session, copy(data), BigInt(data.length), signature, length);
      return new Uint8Array(signature.subarray(0, Number(length.readBigUInt64LE())));
    },

    finalize: () => call('C_Finalize', null),
  };

  async function getAttribute(session: Ulong, object: Ulong, type: number): Promise<Uint8Array | undefined> {
    const attribute = Buffer.alloc(3 * word);
    attribute.writeBigUInt64LE(BigInt(type), 0);
    try {
      await call('C_GetAttributeValue', session, object, attribute, 1n);
    } catch (error) {
      const absent = ['CKR_ATTRIBUTE_SENSITIVE', 'CKR_ATTRIBUTE_TYPE_INVALID'];
      if (error instanceof CryptokiError && absent.includes(error.returnValue)) return undefined;
      throw error;
    }
    const length = attribute.readBigUInt64LE(2 * word);
    if (length === unavailable || length === 0n) return undefined;
    const value = Buffer.alloc(Number(length));
    attribute.writeBigUInt64LE(koffi.address(value), word);
    await call('C_GetAttributeValue', session, object, attribute, 1n, value);
    return new Uint8Array(value.subarray(0, Number(attribute.readBigUInt64LE(2 * word))));
  }
}

/**
 * The functions of the list that C_GetFunctionList gives: the one symbol that every module exports. Arguments beyond the
 * parameters are only kept alive until the call returns: structures point to them.
 */
function functionsOf(path: string): (name: FunctionName, ...args: readonly Argument[]) => Promise<void> {
  const library = koffi.load(path);
  const getFunctionList = library.func('C_GetFunctionList', 'unsigned long', ['void *']) as (list: Buffer) => number;
  const pointer = Buffer.alloc(word);
  const answered = getFunctionList(pointer);
  if (answered !== ckr.CKR_OK) throw new CryptokiError('C_GetFunctionList', nameOfReturnValue(answered));
  // CK_VERSION takes two octets; the pointers begin at the next word.
  const list = pointer.readBigUInt64LE();
  const addresses = koffi.decode(list, word, koffi.array('uint64_t', functionCount)) as ArrayLike<number | bigint>;
  const known = Object.entries(functions).map(([name, [position, parameters]]) => {
    const types = Array.from(parameters, (parameter) => (parameter === 'u' ? 'unsigned long' : 'void *'));
    const address = BigInt(addresses[position] ?? 0);
    if (address === 0n) throw new Error(`The module lacks ${name}.`);
    const native = koffi.decode(address, koffi.proto('unsigned long', types)) as NativeFunction;
    return [name, { native, parameterCount: parameters.length }] as const;
  });
  const table = Object.fromEntries(known) as Record<FunctionName, (typeof known)[number][1]>;
  return (name, ...args) => {
    const { native, parameterCount } = table[name];
    return new Promise((resolve, reject) => {
      native.async(...args.slice(0, parameterCount), (error: unknown, value: number) => {
        // `args` is still referenced here: what was passed lives as long as the call.
        if (error !== null && error !== undefined) {
          reject(
            error instanceof Error ? error : new Error(`${name} could not be called with ${args.length} arguments`),
          );
          return;
        }
        if (value === ckr.CKR_OK) resolve();
        else reject(new CryptokiError(name, nameOfReturnValue(value)));
      });
    });
  };
}

interface NativeFunction {
  async(...args: readonly unknown[]): void;
}

interface Packed {
  readonly bytes: Buffer;
  /** What `bytes` points to. */
  readonly kept: readonly Buffer[];
}

/** CK_ATTRIBUTE[]: type, pointer to the value, length. */
function packAttributes(attributes: readonly Attribute[]): Packed {
  const bytes = Buffer.alloc(Math.max(1, attributes.length) * 3 * word);
  const kept = attributes.map(({ type, value }, index) => {
    const held = copy(value);
    bytes.writeBigUInt64LE(BigInt(type), index * 3 * word);
    bytes.writeBigUInt64LE(koffi.address(held), (index * 3 + 1) * word);
    bytes.writeBigUInt64LE(BigInt(value.length), (index * 3 + 2) * word);
    return held;
  });
  return { bytes, kept };
}

/** CK_MECHANISM: type, pointer to the parameter, length. */
function packMechanism({ type, parameter }: Mechanism): Packed {
  const bytes = Buffer.alloc(3 * word);
  bytes.writeBigUInt64LE(type, 0);
  if (parameter.length === 0) return { bytes, kept: [] };
  const held = copy(parameter);
  bytes.writeBigUInt64LE(koffi.address(held), word);
  bytes.writeBigUInt64LE(BigInt(parameter.length), 2 * word);
  return { bytes, kept: [held] };
}

/** Outside the heap of the engine, where nothing moves; at least one octet, so that there is an address. */
function copy(value: Uint8Array): Buffer {
  const held = Buffer.alloc(Math.max(1, value.length));
  held.set(value);
  return held;
}

export function ulong(value: bigint): Buffer {
  const bytes = Buffer.alloc(word);
  bytes.writeBigUInt64LE(value);
  return bytes;
}

function ulongsOf(bytes: Buffer, count: number): Ulong[] {
  return Array.from({ length: count }, (_, index) => bytes.readBigUInt64LE(index * word));
}

/** Fixed-length fields are padded with blanks, by some modules with NUL. */
function padded(field: Uint8Array): string {
  return new TextDecoder().decode(field).replace(/[\s\0]+$/, '');
}
