/** Does with a module what is asked of one token: runs in the process that holds the module. */
import { fromHex } from '@touchmark/asn1';
import type { KeyAlgorithmName } from '@touchmark/crypto';
import { CryptokiError, cka, ckf, ckgMgf1, ckk, ckm, cko } from './cryptoki.ts';
import { loadCryptokiModule, ulong } from './cryptoki-module.ts';
import type { Attribute, CryptokiModule, Mechanism, TokenInfo, Ulong } from './cryptoki-module.ts';
import { SessionPool } from './session-pool.ts';
import { TokenFault } from './token-commands.ts';
import type {
  GenerateRequest,
  KeySelector,
  SignatureMechanism,
  TokenCommands,
  TokenKey,
  TokenSelector,
} from './token-commands.ts';

export interface TokenHost extends TokenCommands {
  close(): Promise<void>;
}

interface OpenToken {
  readonly module: CryptokiModule;
  readonly slotId: Ulong;
  readonly pool: SessionPool<Ulong>;
}

const keyLimit = 10;
const no = Uint8Array.of(0);
const yes = Uint8Array.of(1);

/** @param load a test keeps the module, to take its sessions away */
export function createTokenHost(load: (path: string) => Promise<CryptokiModule> = loadCryptokiModule): TokenHost {
  let opened: OpenToken | undefined;
  const open = (): OpenToken => {
    if (opened === undefined) throw new TokenFault('tokenAbsent', 'No token was opened.');
    return opened;
  };
  return {
    async open({ modulePath, token: selector, pin, sessions }) {
      const module = await load(modulePath).catch((error: unknown) => {
        throw new TokenFault('moduleUnusable', error instanceof Error ? error.message : 'it cannot be loaded');
      });
      const token = pickToken(await module.listTokens(), selector);
      checkPinState(token);
      const handles = await openSessions(module, token, sessions);
      const [first] = handles;
      if (first !== undefined) await login(module, first, pin);
      opened = { module, slotId: token.slotId, pool: new SessionPool(handles) };
      const { label, manufacturer, model, serial, slotId } = token;
      return { label, manufacturer, model, serial, slotId };
    },
    findKeys: (selector) => {
      const { module, pool } = open();
      return pool.use((session) => findKeys(module, session, selector));
    },
    generateKey: (request) => inWritableSession(open(), (module, session) => generateKey(module, session, request)),
    destroyKey: (id) => inWritableSession(open(), (module, session) => destroyKey(module, session, id)),
    sign: ({ handle, mechanism, data }) => {
      const { module, pool } = open();
      return pool.use((session) => module.sign(session, mechanismOf(mechanism), handle, data));
    },
    async close() {
      await opened?.module.finalize();
      opened = undefined;
    },
  };
}

function pickToken(tokens: readonly TokenInfo[], selector: TokenSelector): TokenInfo {
  const matching = tokens.filter(
    (token) =>
      (selector.label ?? token.label) === token.label &&
      (selector.manufacturer ?? token.manufacturer) === token.manufacturer &&
      (selector.serial ?? token.serial) === token.serial &&
      (selector.model ?? token.model) === token.model &&
      (selector.slotDescription ?? token.slotDescription) === token.slotDescription &&
      (selector.slotManufacturer ?? token.slotManufacturer) === token.slotManufacturer &&
      (selector.slotId ?? token.slotId.toString()) === token.slotId.toString(),
  );
  const initialized = matching.filter(({ flags }) => (flags & ckf.tokenInitialized) !== 0n);
  const [token, another] = initialized;
  if (token === undefined) {
    throw matching.length > 0
      ? new TokenFault('tokenUninitialized', 'the token that matches is not initialised')
      : new TokenFault('tokenAbsent', `the module shows ${tokens.length} tokens, and none matches`);
  }
  if (another !== undefined) throw new TokenFault('tokenAmbiguous', `${initialized.length} tokens match`);
  return token;
}

/** Asked before the PIN is offered: a service that restarts by itself must not use up the tries that a token allows. */
function checkPinState({ flags }: TokenInfo): void {
  if ((flags & ckf.userPinInitialized) === 0n) throw new TokenFault('pinUnset', 'the token has no user PIN yet');
  if ((flags & ckf.userPinLocked) !== 0n) throw new TokenFault('pinLocked', 'the token has locked its user PIN');
  if ((flags & ckf.userPinFinalTry) !== 0n) {
    throw new TokenFault('pinLocked', 'one more wrong PIN would lock the token, so none is offered');
  }
  if ((flags & ckf.userPinToBeChanged) !== 0n) {
    throw new TokenFault('pinUnset', 'the token wants its user PIN changed first');
  }
}

async function openSessions(module: CryptokiModule, token: TokenInfo, wanted: number): Promise<Ulong[]> {
  const { maxSessionCount } = token;
  // One is left for generating keys. CK_UNAVAILABLE_INFORMATION and 0 are no limits.
  const allowed = maxSessionCount > 1n && maxSessionCount < 1000n ? Number(maxSessionCount) - 1 : wanted;
  const sessions: Ulong[] = [];
  for (let index = 0; index < Math.min(wanted, allowed); index++) {
    sessions.push(await module.openSession(token.slotId, 0n));
  }
  return sessions;
}

async function login(module: CryptokiModule, session: Ulong, pin: Uint8Array): Promise<void> {
  try {
    await module.login(session, pin);
  } catch (error) {
    if (error instanceof CryptokiError && error.returnValue === 'CKR_USER_ALREADY_LOGGED_IN') return;
    throw error;
  } finally {
    pin.fill(0);
  }
}

/** The login is of the application, so that a further session has it too. */
async function inWritableSession<T>(
  { module, slotId }: OpenToken,
  work: (module: CryptokiModule, session: Ulong) => Promise<T>,
): Promise<T> {
  const session = await module.openSession(slotId, ckf.rwSession);
  try {
    return await work(module, session);
  } finally {
    await module.closeSession(session).catch(() => undefined);
  }
}

async function findKeys(
  module: CryptokiModule,
  session: Ulong,
  { label, id }: KeySelector,
): Promise<readonly TokenKey[]> {
  const template: Attribute[] = [
    { type: cka.class, value: ulong(cko.privateKey) },
    { type: cka.token, value: yes },
  ];
  if (label !== undefined) template.push({ type: cka.label, value: new TextEncoder().encode(label) });
  if (id !== undefined) template.push({ type: cka.id, value: id });
  const keys: TokenKey[] = [];
  for (const handle of await module.findObjects(session, template, keyLimit)) {
    keys.push(await readKey(module, session, handle));
  }
  return keys;
}

async function readKey(module: CryptokiModule, session: Ulong, handle: Ulong): Promise<TokenKey> {
  const types = [cka.keyType, cka.label, cka.id, cka.extractable, cka.alwaysAuthenticate, cka.modulus];
  const [keyType, label, id, extractable, alwaysAuthenticate, modulus] = await module.getAttributes(
    session,
    handle,
    types,
  );
  const kind = kindOf(keyType);
  const common = {
    handle,
    kind,
    label: new TextDecoder().decode(label),
    id: id ?? new Uint8Array(),
    // A token that does not say so is taken to let the key out.
    extractable: extractable?.[0] !== 0,
    alwaysAuthenticate: alwaysAuthenticate?.[0] === 1,
  };
  const publicKey = id === undefined ? undefined : await findPublicKey(module, session, id);
  const publicTypes = [cka.modulus, cka.publicExponent, cka.ecParams, cka.ecPoint];
  const [publicModulus, publicExponent, ecParams, ecPoint] =
    publicKey === undefined ? [] : await module.getAttributes(session, publicKey, publicTypes);
  return { ...common, modulus: publicModulus ?? modulus, publicExponent, ecParams, ecPoint };
}

function kindOf(keyType: Uint8Array | undefined): TokenKey['kind'] {
  if (keyType?.length !== 8) return 'other';
  switch (Buffer.from(keyType).readBigUInt64LE()) {
    case ckk.rsa:
      return 'rsa';
    case ckk.ec:
      return 'ec';
    default:
      return 'other';
  }
}

/** Both halves of a pair have one CKA_ID (PKCS #11 §4.7). */
async function findPublicKey(module: CryptokiModule, session: Ulong, id: Uint8Array): Promise<Ulong | undefined> {
  const template = [
    { type: cka.class, value: ulong(cko.publicKey) },
    { type: cka.id, value: id },
  ];
  const [found] = await module.findObjects(session, template, 1);
  return found;
}

async function generateKey(
  module: CryptokiModule,
  session: Ulong,
  { algorithm, label, id }: GenerateRequest,
): Promise<TokenKey> {
  const named: Attribute[] = [
    { type: cka.token, value: yes },
    { type: cka.label, value: new TextEncoder().encode(label) },
    { type: cka.id, value: id },
  ];
  const { mechanism, attributes } = generation(algorithm);
  const { privateKey } = await module.generateKeyPair(
    session,
    { type: mechanism, parameter: new Uint8Array() },
    [...named, { type: cka.verify, value: yes }, ...attributes],
    [
      ...named,
      { type: cka.private, value: yes },
      { type: cka.sensitive, value: yes },
      { type: cka.extractable, value: no },
      { type: cka.sign, value: yes },
    ],
  );
  const [sensitive, extractable] = await module.getAttributes(session, privateKey, [cka.sensitive, cka.extractable]);
  if (sensitive?.[0] !== 1 || extractable?.[0] !== 0) {
    await destroyKey(module, session, id);
    throw new TokenFault('notSupported', 'the token does not keep the key to itself, so it was removed again');
  }
  return readKey(module, session, privateKey);
}

function generation(algorithm: KeyAlgorithmName): { mechanism: Ulong; attributes: readonly Attribute[] } {
  switch (algorithm) {
    case 'ec-p256':
      return ecGeneration('06082a8648ce3d030107');
    case 'ec-p384':
      return ecGeneration('06052b81040022');
    case 'ec-p521':
      return ecGeneration('06052b81040023');
    case 'rsa-2048':
      return rsaGeneration(2048n);
    case 'rsa-3072':
      return rsaGeneration(3072n);
    case 'rsa-4096':
      return rsaGeneration(4096n);
    case 'ed25519':
    case 'ml-dsa-44':
    case 'ml-dsa-65':
    case 'ml-dsa-87':
      throw new TokenFault('notSupported', `keys of algorithm ${algorithm} are not made in tokens`);
  }
}

/** @param curveOid the DER of the OBJECT IDENTIFIER */
function ecGeneration(curveOid: string) {
  return { mechanism: ckm.ecKeyPairGen, attributes: [{ type: cka.ecParams, value: fromHex(curveOid) }] };
}

function rsaGeneration(modulusBits: bigint) {
  return {
    mechanism: ckm.rsaPkcsKeyPairGen,
    attributes: [
      { type: cka.modulusBits, value: ulong(modulusBits) },
      { type: cka.publicExponent, value: Uint8Array.of(1, 0, 1) },
    ],
  };
}

async function destroyKey(module: CryptokiModule, session: Ulong, id: Uint8Array): Promise<void> {
  for (const objectClass of [cko.privateKey, cko.publicKey]) {
    const template = [
      { type: cka.class, value: ulong(objectClass) },
      { type: cka.id, value: id },
    ];
    for (const object of await module.findObjects(session, template, 2)) await module.destroyObject(session, object);
  }
}

function mechanismOf(mechanism: SignatureMechanism): Mechanism {
  switch (mechanism.kind) {
    case 'rsaPkcs1':
      return { type: ckm.rsaPkcs, parameter: new Uint8Array() };
    case 'rsaPss': {
      const { digest } = mechanism;
      // CK_RSA_PKCS_PSS_PARAMS: the digest, MGF1 with the same digest, a salt as long as the digest (RFC 4055 §3.1).
      const saltLength = BigInt(Number(digest.slice(3)) / 8);
      const parameter = Buffer.concat([ulong(ckm[digest]), ulong(ckgMgf1[digest]), ulong(saltLength)]);
      return { type: ckm.rsaPkcsPss, parameter };
    }
    case 'ecdsa':
      return { type: ckm.ecdsa, parameter: new Uint8Array() };
  }
}
