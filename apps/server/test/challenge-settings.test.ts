/** What an operator may write for a challenge, and what is refused with words that say why. */
import { beforeAll, describe, expect, it } from '@jest/globals';
import { encodePem } from '@touchmark/asn1';
import { createTestAuthority } from '@touchmark/testkit';
import { parseChallengeSettings } from '../src/challenges/challenge-settings.ts';
import { hashStaticChallenge } from '../src/challenges/static-challenge.ts';

let pem: string;
let privateKeyPem: string;
beforeAll(async () => {
  const authority = await createTestAuthority();
  pem = authority.chainPem;
  ({ privateKeyPem } = await authority.issue());
});

const webhook = { url: 'https://mdm.example.com/scep?site=7' };
const intune = { tenant: 'contoso.onmicrosoft.com', clientId: '11111111-2222-3333-4444-555555555555' };

describe('settings', () => {
  it('have defaults that are safe', async () => {
    const hashed = await hashStaticChallenge('correct horse battery');
    expect(parseChallengeSettings('static', hashed)).toEqual({ kind: 'static', settings: { ...hashed, maxWrong: 10 } });
    expect(parseChallengeSettings('derived', {})).toEqual({ kind: 'derived', settings: {} });
    expect(parseChallengeSettings('webhook', webhook)).toEqual({
      kind: 'webhook',
      settings: { ...webhook, timeoutSeconds: 5, allowPrivateAddresses: false, allowHttpOnLoopback: false },
    });
    expect(parseChallengeSettings('intune', intune)).toEqual({
      kind: 'intune',
      settings: {
        ...intune,
        timeoutSeconds: 10,
        allowPrivateAddresses: false,
        loginUrl: 'https://login.microsoftonline.com',
        graphUrl: 'https://graph.microsoft.com',
        intuneUrl: 'https://api.manage.microsoft.com/',
      },
    });
  });

  it('take the certificates of CAs, and plain HTTP on this host', () => {
    expect(parseChallengeSettings('webhook', { ...webhook, caCertificates: pem }).kind).toBe('webhook');
    for (const url of ['http://127.0.0.1:8000/x', 'http://[::1]/', 'http://localhost/', 'http://a.localhost./']) {
      expect(parseChallengeSettings('webhook', { url, allowHttpOnLoopback: true }).kind).toBe('webhook');
    }
  });

  it('take private addresses where that is said, and names whatever they stand for today', () => {
    for (const url of ['https://10.0.0.1/', 'https://localhost:8443/', 'https://a.localhost./', 'https://[fd00::7]/']) {
      expect(parseChallengeSettings('webhook', { url, allowPrivateAddresses: true }).kind).toBe('webhook');
    }
    for (const url of ['https://not-there.invalid/', 'https://notlocalhost./', 'https://localhost.example.com/']) {
      expect(parseChallengeSettings('webhook', { url }).kind).toBe('webhook');
    }
  });

  it('say what is wrong with certificates', () => {
    const parse = (caCertificates: string) => () => parseChallengeSettings('webhook', { ...webhook, caCertificates });
    expect(parse('no PEM')).toThrow(/caCertificates is no list of certificates/);
    expect(parse(privateKeyPem)).toThrow(/give certificates alone/);
    expect(parse(encodePem('CERTIFICATE', Uint8Array.of(0x30, 0x00)))).toThrow(/caCertificates is no list/);
    try {
      parse(privateKeyPem)();
    } catch (error) {
      expect(String(error)).not.toContain(privateKeyPem.slice(40, 80));
    }
  });

  it.each([
    ['static', {}, /hash/],
    ['static', { hash: 'AAAA', salt: 'AAAAAAAAAAAAAAAAAAAAAA==', cost: 32_768 }, /hash must be 32 octets/],
    ['derived', { key: '00' }, /key/],
    ['webhook', {}, /url/],
    ['webhook', { ...webhook, secret: 'x' }, /secret/],
    ['webhook', { url: 'mdm' }, /url is no URL/],
    ['webhook', { url: 'ftp://mdm.example.com/' }, /must begin with https/],
    ['webhook', { url: 'http://mdm.example.com/' }, /must begin with https/],
    ['webhook', { url: 'http://127.0.0.1/' }, /allowHttpOnLoopback \(got a text of 17 characters\)/],
    ['webhook', { url: 'http://10.0.0.1/', allowHttpOnLoopback: true }, /must begin with https/],
    ['webhook', { url: 'http://localhost.example.com/', allowHttpOnLoopback: true }, /must begin with https/],
    [
      'webhook',
      { url: 'https://user:pass@mdm.example.com/' },
      /user name or password.*\(got a text of 34 characters\)/,
    ],
    ['webhook', { url: 'https://mdm.example.com/#x' }, /fragment/],
    [
      'webhook',
      { ...webhook, timeoutSeconds: 3600 },
      /timeoutSeconds must be a number of seconds from 0.5 to 30, for example 5 \(got 3600\)/,
    ],
    ['webhook', { ...webhook, timeoutSeconds: 'five' }, /timeoutSeconds must be a number .* \(got "five"\)/],
    ['webhook', { ...webhook, timeout: 5 }, /timeout is not known \(did you mean "timeoutSeconds"\?\)\./],
    [
      'static',
      { hash: 7, salt: 'c2VjcmV0', cost: 1 },
      /hash must be text; salt must be 16 octets in base64; cost must be one of 16384, 32768, 65536 \(got 1\)/,
    ],
    ['webhook', { url: 'https://10.0.0.1/' }, /url is at an address that is not asked/],
    ['webhook', { url: 'https://localhost/' }, /allowPrivateAddresses/],
    ['webhook', { url: 'https://localhost./' }, /allowPrivateAddresses/],
    ['webhook', { url: 'https://a.localhost/' }, /allowPrivateAddresses/],
    ['webhook', { url: 'https://A.b.LocalHost.:8443/' }, /allowPrivateAddresses/],
    ['webhook', { url: 'https://127.0.0.1./' }, /allowPrivateAddresses/],
    ['intune', { ...intune, graphUrl: 'https://a.localhost' }, /graphUrl is at an address that is not asked/],
    ['webhook', { url: 'https://[::ffff:127.0.0.1]/' }, /allowPrivateAddresses/],
    ['webhook', { url: 'https://169.254.169.254/', allowPrivateAddresses: true }, /never/],
    ['intune', { ...intune, loginUrl: 'https://192.168.0.7' }, /loginUrl is at an address that is not asked/],
    ['intune', {}, /tenant.*clientId/],
    ['intune', { ...intune, tenant: '../../evil' }, /tenant/],
    ['intune', { ...intune, tenant: 'a?b' }, /tenant/],
    ['intune', { ...intune, graphUrl: 'http://graph.microsoft.com' }, /graphUrl must begin with https/],
    ['intune', { ...intune, clientSecret: 'x' }, /clientSecret/],
  ] as const)('of %s are refused as %j', (kind, settings, says) => {
    expect(() => parseChallengeSettings(kind, settings)).toThrow(
      expect.objectContaining({ code: 'invalidArgument', message: expect.stringMatching(says) }),
    );
  });

  it.each(['static', 'derived', 'webhook', 'intune'] as const)(
    'of %s are never refused in the words of zod',
    (kind) => {
      const names = ['url', 'timeoutSeconds', 'caCertificates', 'tenant', 'maxWrong', 'hash', 'allowPrivateAddresses'];
      for (const value of [7, 'text', true, null, [], {}]) {
        const settings = Object.fromEntries(names.map((name) => [name, value]));
        expect(() => parseChallengeSettings(kind, settings)).toThrow(
          expect.objectContaining({
            message: expect.not.stringMatching(/Invalid|expected|received|Unrecognized|Too /),
          }),
        );
      }
    },
  );

  it.each([
    ['webhook', { url: 'https:bob:hunter2@mdm.example.com' }],
    ['webhook', { url: 'https:/bob:hunter2@mdm.example.com' }],
    ['webhook', { url: ' https://bob:hunter2@mdm.example.com' }],
    ['webhook', { url: 'https:\\\\bob:hunter2@mdm.example.com' }],
    ['webhook', { url: 'https://bob:hun/ter2@mdm.example.com' }],
    ['webhook', { url: 'https://mdm.example.com/?token=hunter2#x' }],
    ['webhook', { ...webhook, caCertificates: 'hunter2' }],
    ['intune', { ...intune, clientId: 'Kx8~hunter2' }],
    ['intune', { ...intune, tenant: 2_222_222 }],
  ] as const)('of %s never come back in what is said of them: %j', (kind, settings) => {
    expect(() => parseChallengeSettings(kind, settings)).toThrow(
      expect.objectContaining({
        code: 'invalidArgument',
        message: expect.not.stringMatching(/hunter2|hun\/ter2|bob|2222222/),
      }),
    );
  });

  it.each([undefined, null, [], 'text', 7])('are no %j', (settings) => {
    expect(() => parseChallengeSettings('derived', settings)).toThrow(
      expect.objectContaining({ code: 'invalidArgument' }),
    );
  });
});
