/**
 * RFC 8894 §3.2.1.2, §3.3.1: who gets a certificate through SCEP. Every messageType with every challenge and every kind of
 * signer, on a real registry: the cells that issue are listed, and all others refuse and leave nothing behind.
 */
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { der, rfc8894, toHex } from '@touchmark/asn1';
import { sha256 } from '@touchmark/crypto';
import type { KeyPair } from '@touchmark/crypto';
import { startTestPostgres } from '@touchmark/store/testing';
import type { TestPostgres } from '@touchmark/store/testing';
import { createTestAuthority, frozenClock, testKeyPair } from '@touchmark/testkit';
import { parseCertificate } from '@touchmark/x509';
import { hashStaticChallenge } from '../../apps/server/src/challenges/static-challenge.ts';
import { issuerAndSerialNumber } from '../../packages/scep/test/support/message-builder.ts';
import { inParallel } from '../support/in-parallel.ts';
import {
  describeTold,
  holderOf,
  messageOf,
  readAnswer,
  recipientOf,
  requestOf,
  selfSignedAs,
} from '../support/scep-device.ts';
import type { AskedFields, Holder, MessageFields, Told } from '../support/scep-device.ts';
import { ScepNode } from '../support/scep-node.ts';
import type { WrittenSecret } from '../support/scep-node.ts';
import { sharedPrimeKeys } from '../support/shared-prime-keys.ts';

const challenges = ['no', 'wrong', 'right'] as const;
type Challenge = (typeof challenges)[number];

const signers = [
  'self-signed',
  'own certificate',
  'certificate of another device',
  'expired certificate',
  'revoked certificate',
  "foreign CA's certificate",
  'self-signed with the name of another device',
] as const;
type Signer = (typeof signers)[number];

/** What each is to be answered with: a refusal by its reason, or a certificate for that device. */
type Expected = { readonly refuses: Reason } | { readonly issuesFor: string };
type Row = Readonly<Record<Signer, Readonly<Record<Challenge, Expected>>>>;

const failInfos = {
  messageTypeUnknown: 'badRequest',
  messageNotDecrypted: 'badMessageCheck',
  credentialsMissing: 'badRequest',
  credentialsNotAccepted: 'badRequest',
  secretWrong: 'badRequest',
  challengeWrong: 'badRequest',
  certificateUnknown: 'badCertId',
  certificateExpired: 'badTime',
  certificateRevoked: 'badRequest',
  deviceAlreadyRegistered: 'badRequest',
  renewalNamesDiffer: 'badRequest',
  keyOfAnotherDevice: 'badRequest',
  signerKeyCannotDecrypt: 'badAlg',
  transactionUnknown: 'badCertId',
} as const;
type Reason = keyof typeof failInfos;

/** Devices by the certificate that they have, and the name that nobody has yet. */
const [own, other, expired, revoked, unknown] = ['own', 'other', 'expired', 'revoked', 'unknown'] as const;

const refuses = (reason: Reason): Expected => ({ refuses: reason });
const issuesFor = (device: string): Expected => ({ issuesFor: device });
const always = (expected: Expected) => ({ no: expected, wrong: expected, right: expected });
const everywhere = (reason: Reason): Row =>
  Object.fromEntries(signers.map((signer) => [signer, always(refuses(reason))])) as Row;

/** Of a certificate what became of it counts, and never the challenge. */
const certificates = {
  'own certificate': always(issuesFor(own)),
  'expired certificate': always(refuses('certificateExpired')),
  'revoked certificate': always(refuses('certificateRevoked')),
  "foreign CA's certificate": always(refuses('certificateUnknown')),
};

/** All that is answered; a certificate comes of PKCSReq and RenewalReq alone. The others get a PKCS #10 here. */
const served: Readonly<Record<string, Row>> = {
  '17': {
    ...everywhere('credentialsNotAccepted'),
    ...certificates,
    'certificate of another device': always(refuses('renewalNamesDiffer')),
  },
  '19': {
    ...certificates,
    'self-signed': {
      no: refuses('credentialsMissing'),
      wrong: refuses('secretWrong'),
      right: issuesFor(unknown),
    },
    'certificate of another device': always(refuses('renewalNamesDiffer')),
    'self-signed with the name of another device': {
      no: refuses('credentialsMissing'),
      wrong: refuses('secretWrong'),
      right: refuses('deviceAlreadyRegistered'),
    },
  },
  // The content is not looked at, nor that of GetCert for those who may not ask.
  '20': everywhere('transactionUnknown'),
  '21': {
    ...everywhere('certificateUnknown'),
    'own certificate': always(refuses('messageNotDecrypted')),
    'certificate of another device': always(refuses('messageNotDecrypted')),
  },
  '22': everywhere('messageNotDecrypted'),
};
const notServed = everywhere('messageTypeUnknown');

type TypeFields = Pick<MessageFields, 'messageType' | 'attributes'>;

/** Written as the attribute has it: text is a PrintableString. */
const messageTypes: ReadonlyMap<string, TypeFields> = new Map<string, TypeFields>([
  ...Array.from({ length: 256 }, (_, type) => [String(type), { messageType: String(type) }] as const),
  ['missing', { attributes: (all) => all.filter(({ oid }) => oid !== rfc8894['id-messageType']) }],
  ['in two attributes', { attributes: (all) => [...all, typed(der.printableString('19'))] }],
  ['of two values', { attributes: retyped(der.printableString('19'), der.printableString('17')) }],
  ['of one value twice', { attributes: retyped(der.printableString('19'), der.printableString('19')) }],
  ['of no value', { attributes: retyped() }],
  ['UTF8String', { messageType: der.utf8String('19') }],
  ['INTEGER', { messageType: der.integer(19) }],
  ['OCTET STRING', { messageType: der.octetString(new TextEncoder().encode('19')) }],
  ['empty', { messageType: '' }],
  ['019', { messageType: '019' }],
  ['blank before', { messageType: ' 19' }],
  ['blank behind', { messageType: '19 ' }],
  ['+19', { messageType: '+19' }],
  ['PKCSReq', { messageType: 'PKCSReq' }],
]);

function typed(...values: Uint8Array[]) {
  return { oid: rfc8894['id-messageType'], values };
}

function retyped(...values: Uint8Array[]): NonNullable<MessageFields['attributes']> {
  return (all) => all.map((each) => (each.oid === rfc8894['id-messageType'] ? typed(...values) : each));
}

const day = 86_400_000;
const now = Math.floor(Date.now() / 1000) * 1000;
const clock = frozenClock(new Date(now - 400 * day));
let postgres: TestPostgres;
let node: ScepNode;
let recipient: Holder;
let keys: KeyPair[];
/** Unlimited, so that what was issued by mistake would not be refused the next time. */
let secret: WrittenSecret;
let wrongSecret: string;
const holders = {} as Record<Signer, Holder>;
const staticPassword = 'one password for all of the plant';

/** The name that the request has. */
const named: Readonly<Record<Signer, string>> = {
  'self-signed': unknown,
  'own certificate': own,
  'certificate of another device': own,
  'expired certificate': expired,
  'revoked certificate': revoked,
  "foreign CA's certificate": own,
  'self-signed with the name of another device': own,
};

beforeAll(async () => {
  postgres = await startTestPostgres();
  node = await ScepNode.open({ databaseUrl: postgres.databaseUrl, clock });
  await node.createEndpoint('table');
  await node.createEndpoint('derived', { challenge: { kind: 'derived', settings: {} } });
  await node.core.challengeKeys.create('derived');
  const settings = { ...(await hashStaticChallenge(staticPassword)) };
  await node.createEndpoint('static', { challenge: { kind: 'static', settings } });
  await node.createEndpoint('manual', { approval: 'manual' });
  keys = sharedPrimeKeys(45);

  recipient = recipientOf(await node.recipient());
  holders['expired certificate'] = await enroll(expired);
  clock.set(new Date(now));
  await node.renew();
  recipient = recipientOf(await node.recipient());
  holders['own certificate'] = await enroll(own);
  holders['certificate of another device'] = await enroll(other);
  holders['revoked certificate'] = await enroll(revoked);
  await node.core.revocation.revoke({
    certificate: toHex(holders['revoked certificate'].certificate.serialNumber),
    reason: 'cessationOfOperation',
    invalidityDate: undefined,
    principal: 'test',
    remoteAddress: undefined,
    correlationId: undefined,
  });
  await node.publishCrls();
  // By its name it is ours.
  const foreign = await createTestAuthority({ name: 'Touchmark' });
  holders["foreign CA's certificate"] = await foreign.issue({
    keyPair: takeKey(),
    subject: [{ attribute: 'commonName', value: own }],
  });
  holders['self-signed'] = await selfSignedAs(unknown, takeKey());
  holders['self-signed with the name of another device'] = await selfSignedAs(own, takeKey());
  secret = await node.createSecret('table', { maxUses: 1_000_000 });
  wrongSecret = wrong(secret.secret);
}, 120_000);

afterAll(async () => {
  await node?.close();
  await postgres?.stop();
});

const takeKey = (): KeyPair => keys.pop()!;
const wrong = (password: string): string => password.slice(0, -1) + (password.endsWith('a') ? 'b' : 'a');

async function enroll(device: string): Promise<Holder> {
  const key = takeKey();
  const signer = await selfSignedAs(device, key);
  const { secret: challenge } = await node.createSecret('table');
  const told = await ask('table', { signer, recipient, content: await requestOf(device, challenge, key) });
  if (told.kind !== 'success' || told.certificateDer === undefined) throw new Error(describeTold(told));
  return holderOf(told.certificateDer, key);
}

async function ask(label: string, fields: AskedFields, remoteAddress?: string): Promise<Told> {
  const sent = messageOf(label, fields);
  return readAnswer(await node.ask(label, sent.octets, remoteAddress), sent, recipient);
}

/** Who signs with a certificate wants another key certified; whoever has none, the one that he signs with. */
async function contentOf(signer: Signer, challenge: string | undefined): Promise<Uint8Array> {
  const isSelf = signer.startsWith('self-signed');
  return requestOf(named[signer], challenge, isSelf ? holders[signer] : undefined);
}

function challengeOf(challenge: Challenge): string | undefined {
  return { no: undefined, wrong: wrongSecret, right: secret.secret }[challenge];
}

/** What is issued is on record for that device, under that profile, with the key of the request. */
async function checkIssued(told: Told, device: string, content: Uint8Array): Promise<void> {
  if (told.kind !== 'success' || told.certificateDer === undefined) throw new Error(`refused: ${describeTold(told)}`);
  const found = await node.core.registry.revocation.findCertificateByFingerprint(sha256(told.certificateDer));
  expect(found).toMatchObject({ deviceId: device, profileName: 'device' });
  const { subjectPublicKeyInfoDer, subject } = parseCertificate(told.certificateDer);
  expect(toHex(content)).toContain(toHex(subjectPublicKeyInfoDer));
  expect(subject.rdns).toHaveLength(1);
  expect(subject.rdns[0]).toMatchObject([{ value: device }]);
}

async function checkAnswer(told: Told, expected: Expected, content: Uint8Array): Promise<void> {
  if ('issuesFor' in expected) return checkIssued(told, expected.issuesFor, content);
  const { refuses: reason } = expected;
  expect(told).toEqual({ kind: 'failure', failInfo: failInfos[reason], reason });
}

/** How many more there are of everything that issuing leaves. */
async function issuedBy(work: () => Promise<unknown>): Promise<number> {
  const before = await node.countIssued();
  await work();
  const after = await node.countIssued();
  const count = after.certificates - before.certificates;
  expect(after.intents - before.intents).toBe(count);
  expect(after.serialNumbers - before.serialNumbers).toBe(count);
  return count;
}

const cells = challenges.flatMap((challenge) => signers.map((signer) => ({ challenge, signer })));
const visited = new Set<string>();
const issuing: string[] = [];
const cached = new Map<string, Uint8Array>();

describe('a messageType', () => {
  it.each([...messageTypes.keys()])('%s', async (name) => {
    const row = served[name] ?? notServed;
    const remoteAddress = `192.0.2.${visited.size % 255}`;
    let issues = 0;
    const count = await issuedBy(() =>
      inParallel(cells, 6, async ({ challenge, signer }) => {
        const expected = row[signer][challenge];
        const key = `${challenge} ${signer}`;
        const isFresh = served[name] !== undefined;
        const content = (isFresh ? undefined : cached.get(key)) ?? (await contentOf(signer, challengeOf(challenge)));
        cached.set(key, content);
        const fields = { signer: holders[signer], recipient, content, ...messageTypes.get(name) };
        await checkAnswer(await ask('table', fields, remoteAddress), expected, content);
        visited.add(`${name} ${key}`);
        if (!('issuesFor' in expected)) return;
        issues += 1;
        issuing.push(`${name}, ${challenge} challenge, ${signer}: for the device "${expected.issuesFor}"`);
      }),
    );
    expect(count).toBe(issues);
  });

  it('was tried in every combination, and these are all that issue', async () => {
    expect(visited.size).toBe(messageTypes.size * challenges.length * signers.length);
    expect(visited.size).toBe(270 * 3 * 7);
    console.info([`${visited.size} messages; of these issue:`, ...issuing.toSorted()].join('\n'));
    expect(issuing).toHaveLength(7);
    expect(await node.core.registry.admin.findSecret(secret.id)).toMatchObject({ uses: 1 });
  });
});

/** As docs/rfc8894.md has it. */
function documentedRows(): string[] {
  const outcomeOf = (expected: Expected): string => ('refuses' in expected ? expected.refuses : '**issued**');
  return Object.entries({ '17': 'RenewalReq', '19': 'PKCSReq' }).flatMap(([type, name]) =>
    signers.map((signer) => {
      const outcomes = challenges.map((challenge) => outcomeOf(served[type]![signer][challenge]));
      return `| ${[name, signer, ...outcomes].join(' | ')} |`;
    }),
  );
}

it('the table of what issues is the one in docs/rfc8894.md', () => {
  const lines = readFileSync(join(import.meta.dirname, '../../docs/rfc8894.md'), 'utf8').split('\n');
  expect(lines.filter((line) => /^\| (?:PKCSReq|RenewalReq) \|/.test(line))).toEqual(documentedRows());
});

describe('a challenge of another kind', () => {
  const kinds = {
    'secret of a device': 'table',
    derived: 'derived',
    static: 'static',
    'secret, with approval': 'manual',
  } as const;
  type Kind = keyof typeof kinds;
  const combinations = (Object.keys(kinds) as Kind[]).flatMap((kind) =>
    (['17', '19'] as const).flatMap((type) => signers.map((signer) => ({ kind, type, signer }))),
  );

  async function rightChallenge(kind: Kind, deviceId: string): Promise<string> {
    switch (kind) {
      case 'secret of a device':
        return (await node.createSecret('table', { deviceId: 'bound' })).secret;
      case 'derived':
        return node.core.challengeKeys.derive('derived', deviceId);
      case 'static':
        return staticPassword;
      case 'secret, with approval':
        return (await node.createSecret('manual')).secret;
    }
  }

  function expectedOf(kind: Kind, type: '17' | '19', signer: Signer, name: string): Expected {
    const expected = served[type]![signer].right;
    if (type === '17' || !signer.startsWith('self-signed')) return expected;
    // It says who asks, whatever name the request has.
    if (kind === 'secret of a device') return issuesFor('bound');
    return 'issuesFor' in expected ? issuesFor(name) : expected;
  }

  it.each(combinations)('$kind: $type, $signer', async ({ kind, type, signer }) => {
    const isSelf = signer.startsWith('self-signed');
    const key = isSelf ? takeKey() : undefined;
    const name = signer === 'self-signed' ? `new-${kinds[kind]}` : named[signer];
    const holder = key === undefined ? holders[signer] : await selfSignedAs(name, key);
    const content = await requestOf(name, await rightChallenge(kind, name), key);
    const expected = expectedOf(kind, type, signer, name);
    const waits = kind === 'secret, with approval' && isSelf && 'issuesFor' in expected;
    let told: Told | undefined;
    const count = await issuedBy(async () => {
      told = await ask(kinds[kind], { signer: holder, recipient, content, messageType: type });
    });
    if (waits) expect(told).toEqual({ kind: 'pending' });
    else await checkAnswer(told!, expected, content);
    expect(count).toBe('issuesFor' in expected && !waits ? 1 : 0);
  });

  it('that is derived fits no other device', async () => {
    const key = takeKey();
    const content = await requestOf('neighbour', await node.core.challengeKeys.derive('derived', 'somebody'), key);
    const told = await ask('derived', { signer: await selfSignedAs('neighbour', key), recipient, content });
    await checkAnswer(told, refuses('challengeWrong'), content);
  });
});

describe('a signer that looks like another', () => {
  const cases: readonly (readonly [string, () => Promise<Omit<AskedFields, 'recipient'>>, Expected])[] = [
    [
      'a name of somebody else in the self-signed certificate counts nothing',
      async () => {
        const key = takeKey();
        return { signer: await selfSignedAs(own, key), content: await requestOf('itself', secret.secret, key) };
      },
      issuesFor('itself'),
    ],
    [
      'self-signed with another key than that of the request, and the right challenge',
      async () => ({ signer: await selfSignedAs('x', takeKey()), content: await requestOf('x', secret.secret) }),
      refuses('certificateUnknown'),
    ],
    [
      'the key of the revoked certificate, self-signed anew under a new name',
      async () => {
        const { privateKey, publicKey } = holders['revoked certificate'];
        const key = { privateKey, publicKey };
        return { signer: await selfSignedAs('reborn', key), content: await requestOf('reborn', secret.secret, key) };
      },
      refuses('keyOfAnotherDevice'),
    ],
    [
      'the key of the revoked certificate, self-signed anew under its name',
      async () => {
        const { privateKey, publicKey } = holders['revoked certificate'];
        const key = { privateKey, publicKey };
        return { signer: await selfSignedAs(revoked, key), content: await requestOf(revoked, secret.secret, key) };
      },
      refuses('deviceAlreadyRegistered'),
    ],
    [
      'a certificate of a foreign CA over the very key of the request, and the right challenge',
      async () => {
        const signer = holders["foreign CA's certificate"];
        return { signer, content: await requestOf('y', secret.secret, signer) };
      },
      refuses('certificateUnknown'),
    ],
    [
      'a certificate that asks for the key that it has',
      async () => {
        const signer = holders['own certificate'];
        return { signer, content: await requestOf(own, undefined, signer), messageType: '17' };
      },
      issuesFor(own),
    ],
    [
      'a certificate of another device that asks for the key of this one',
      async () => ({
        signer: holders['certificate of another device'],
        content: await requestOf(other, undefined, holders['own certificate']),
      }),
      refuses('keyOfAnotherDevice'),
    ],
  ];

  it.each(cases)('%s', async (_, fieldsOf, expected) => {
    const fields = { recipient, ...(await fieldsOf()) };
    const count = await issuedBy(async () => checkAnswer(await ask('table', fields), expected, fields.content!));
    expect(count).toBe('issuesFor' in expected ? 1 : 0);
  });

  it('an EC key could not read the answer: refused before anything is issued', async () => {
    const key = await testKeyPair('ec-p256', 'scep signer');
    const sent = messageOf('table', {
      signer: await selfSignedAs('elliptic', key),
      recipient,
      content: await requestOf('elliptic', secret.secret, key),
      signatureAlgorithmDer: der.sequence(der.oid('1.2.840.10045.4.3.2')),
    });
    const count = await issuedBy(async () => {
      const told = await readAnswer(await node.ask('table', sent.octets), sent, recipient);
      await checkAnswer(told, refuses('signerKeyCannotDecrypt'), sent.octets);
    });
    expect(count).toBe(0);
  });
});

describe('CertPoll, GetCert and GetCRL answer and issue nothing', () => {
  const questions = {
    '20': () => der.sequence(node.issuingCertificate.subject.der, holders['self-signed'].certificate.subject.der),
    '21': () => issuerAndSerialNumber(holders['own certificate'].certificate),
    '22': () => issuerAndSerialNumber(holders['own certificate'].certificate),
  };
  const cellsOfQuestions = (Object.keys(questions) as (keyof typeof questions)[]).flatMap((messageType) =>
    signers.map((signer) => ({ messageType, signer })),
  );
  const current: readonly Signer[] = ['own certificate', 'certificate of another device'];

  it.each(cellsOfQuestions)('$messageType, $signer', async ({ messageType, signer }) => {
    let told: Told | undefined;
    const count = await issuedBy(async () => {
      const content = questions[messageType]();
      told = await ask('table', { signer: holders[signer], recipient, content, messageType });
    });
    expect(count).toBe(0);
    if (messageType === '22') expect(told).toEqual({ kind: 'success', certificateDer: undefined, crls: 1 });
    else if (messageType === '21' && current.includes(signer)) {
      const { certificate } = holders['own certificate'];
      expect(told).toEqual({ kind: 'success', certificateDer: certificate.der, crls: 0 });
    } else {
      const reason = messageType === '20' ? 'transactionUnknown' : 'certificateUnknown';
      await checkAnswer(told!, refuses(reason), new Uint8Array());
    }
  });

  it('CertPoll of a request that waits: PENDING for its key, nothing for any other', async () => {
    const key = takeKey();
    const signer = await selfSignedAs('waiting', key);
    const { secret: challenge } = await node.createSecret('manual');
    const content = await requestOf('waiting', challenge, key);
    const asked = messageOf('manual', { signer, recipient, content });
    const poll = (by: Holder): Promise<Told> => {
      const issuerAndSubject = der.sequence(node.issuingCertificate.subject.der, signer.certificate.subject.der);
      const { transactionId } = asked;
      return ask('manual', { signer: by, recipient, content: issuerAndSubject, messageType: '20', transactionId });
    };
    const count = await issuedBy(async () => {
      expect(await readAnswer(await node.ask('manual', asked.octets), asked, recipient)).toEqual({ kind: 'pending' });
      expect(await poll(signer)).toEqual({ kind: 'pending' });
      for (const name of signers) {
        await checkAnswer(await poll(holders[name]), refuses('transactionUnknown'), content);
      }
    });
    expect(count).toBe(0);
  });
});

it('what is no PKIMessage is refused by HTTP and leaves nothing', async () => {
  const { octets } = messageOf('table', {
    signer: holders['self-signed'],
    recipient,
    content: await contentOf('self-signed', secret.secret),
  });
  const noTransaction = messageOf('table', {
    signer: holders['own certificate'],
    recipient,
    content: await contentOf('own certificate', undefined),
    attributes: (all) => all.filter(({ oid }) => oid !== rfc8894['id-transactionID']),
  }).octets;
  const bodies = [new Uint8Array(), octets.subarray(1), octets.subarray(0, -1), noTransaction];
  bodies.push(await contentOf('self-signed', secret.secret), holders['own certificate'].certificate.der);
  const count = await issuedBy(async () => {
    for (const body of bodies) {
      const { status, headers } = await node.ask('table', body);
      expect([status, headers.find(([name]) => name === 'Touchmark-Reason')?.[1]]).toEqual([400, 'messageMalformed']);
    }
  });
  expect(count).toBe(0);
});
