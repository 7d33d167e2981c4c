/** GetCACaps, GetCACert, GetNextCACert, and the refusals of HTTP. */
import { beforeAll, describe, expect, it } from '@jest/globals';
import { rfc5652 } from '@touchmark/asn1';
import { CaError } from '@touchmark/ca';
import { parseCertsOnly, parseSignedData, verifySignerInfo } from '@touchmark/cms';
import { BodyAborted, BodyTimeout, BodyTooLarge } from '@touchmark/http';
import type { HttpError } from '@touchmark/http';
import { presetNames, scepOverloaded } from '../src/index.ts';
import type { ScepSettingsInput } from '../src/index.ts';
import { ask, field, get, post, scepRequest, ScriptedAuthority } from './support/scripted-authority.ts';
import { createWorld } from './support/world.ts';
import type { World } from './support/world.ts';

let world: World;
let next: readonly Uint8Array[];

beforeAll(async () => {
  const [present, coming] = await Promise.all([createWorld(), createWorld()]);
  world = present;
  next = [coming.ra.certificate.der, ...coming.authority.chainDer];
});

async function capabilities(settings: ScepSettingsInput, hasNext = false): Promise<string> {
  const authority = new ScriptedAuthority(world, settings);
  if (hasNext) authority.endpoint = { ...authority.endpoint, next };
  const response = await ask(authority, get('operation=GetCACaps'));
  expect(response.status).toBe(200);
  expect(response.headers).toEqual([['Content-Type', 'text/plain']]);
  return response.body as string;
}

describe('§3.5.2 GetCACaps', () => {
  it('lists what is served, in lines separated by LF', async () => {
    expect(await capabilities({})).toBe('AES\nDES3\nPOSTPKIOperation\nRenewal\nSHA-1\nSHA-256\nSHA-512\nSCEPStandard');
  });

  it('leaves out what is switched off, and has GetNextCACert when there is one', async () => {
    expect((await capabilities({ sha1: false, des3: false }, true)).split('\n')).toEqual([
      'AES',
      'POSTPKIOperation',
      'Renewal',
      'SHA-256',
      'SHA-512',
      'SCEPStandard',
      'GetNextCACert',
    ]);
  });

  it.each(presetNames)('is under 1 KiB, without CR, blanks and empty lines: %s', async (preset) => {
    const text = await capabilities({ preset }, true);
    expect(text.length).toBeLessThan(1024);
    expect(text).toMatch(/^[\x21-\x7e]+(?:\n[\x21-\x7e]+)*$/);
    // With neither, clients would take MD5 and DES.
    expect(text).toContain('SHA-256');
    expect(text).toContain('AES');
  });
});

describe('§4.2.1 GetCACert', () => {
  it('is certs-only of RA, issuing CA and root', async () => {
    const response = await ask(new ScriptedAuthority(world), get('operation=GetCACert'));
    expect(response.headers).toEqual([['Content-Type', 'application/x-x509-ca-ra-cert']]);
    const { certificatesDer, crlsDer } = parseCertsOnly(response.body as Uint8Array);
    expect(certificatesDer).toEqual([world.ra.certificate.der, ...world.authority.chainDer]);
    expect(crlsDer).toEqual([]);
  });

  it('is one certificate where the CA reads for itself and the endpoint says so', async () => {
    const authority = new ScriptedAuthority(world, { recipient: 'ca', caCertificate: 'single' });
    const response = await ask(authority, get('operation=GetCACert'));
    expect(response.headers).toEqual([['Content-Type', 'application/x-x509-ca-cert']]);
    expect(response.body).toEqual(world.ra.certificate.der);
  });

  it('has the recipient once if it is in the chain', async () => {
    const authority = new ScriptedAuthority(world, { recipient: 'ca' });
    const [issuing] = world.chain;
    authority.endpoint = {
      ...authority.endpoint,
      recipient: { ...authority.endpoint.recipient, certificate: issuing! },
    };
    const response = await ask(authority, get('operation=GetCACert'));
    expect(parseCertsOnly(response.body as Uint8Array).certificatesDer).toEqual(world.authority.chainDer);
  });
});

describe('§4.7.1 GetNextCACert', () => {
  it('is certs-only of the next, signed by who answers now', async () => {
    const authority = new ScriptedAuthority(world);
    authority.endpoint = { ...authority.endpoint, next };
    const response = await ask(authority, get('operation=GetNextCACert'));
    expect(response.headers).toEqual([['Content-Type', 'application/x-x509-next-ca-cert']]);
    const { contentType, content, certificatesDer, signers } = parseSignedData(response.body as Uint8Array);
    expect(contentType).toBe(rfc5652['id-data']);
    expect(certificatesDer).toEqual([world.ra.certificate.der]);
    expect(verifySignerInfo(signers[0]!, contentType, content!, world.ra.publicKey)).toBe(true);
    expect(parseCertsOnly(content!).certificatesDer).toEqual(next);
  });

  it('is refused in clear text when there is none', async () => {
    const authority = new ScriptedAuthority(world);
    const response = await ask(authority, get('operation=GetNextCACert'));
    expect(response.status).toBe(404);
    expect(response.body).toContain('No authority takes over here yet.');
    expect(field(response, 'Touchmark-Reason')).toBe('notFound');
    expect(authority.refusals[0]).toMatchObject({ operation: 'GetNextCACert', endpointLabel: 'factory' });
  });
});

describe('what is no PKIMessage is refused by HTTP', () => {
  it('an authority that is not ready: 503 with Retry-After', async () => {
    const authority = new ScriptedAuthority(world);
    authority.getEndpoint = () => {
      throw new CaError('notReady', 'The endpoint has no RA certificate yet.');
    };
    const response = await ask(authority, get('operation=GetCACert'));
    expect(response.status).toBe(503);
    expect(field(response, 'Retry-After')).toMatch(/^\d+$/);
    expect(response.body).toBe('The endpoint has no RA certificate yet.\nreason: notReady\nattempt: early-1\n');
  });

  it('a fault of ours: 500, told to us and not to the client', async () => {
    const authority = new ScriptedAuthority(world);
    const fault = new Error('password of the database');
    authority.getEndpoint = () => {
      throw fault;
    };
    const faults: unknown[] = [];
    const response = await ask(authority, get('operation=GetCACert'), { onError: (error) => faults.push(error) });
    expect(response.status).toBe(500);
    expect(response.body).not.toContain('password');
    expect(faults).toEqual([fault]);
  });

  it('a registry that is away: the answer has the id of the request', async () => {
    const authority = new ScriptedAuthority(world);
    authority.record = () => {
      throw new Error('away');
    };
    const faults: unknown[] = [];
    const response = await ask(authority, post(new Uint8Array(3)), { onError: (error) => faults.push(error) });
    expect(response.status).toBe(400);
    expect(field(response, 'Touchmark-Attempt')).toBe('request-1');
    expect(faults).toHaveLength(1);
  });

  it.each<[name: string, HttpError, number, string]>([
    ['too large', new BodyTooLarge(256 * 1024), 413, 'requestTooLarge'],
    ['too slow', new BodyTimeout(30), 408, 'messageMalformed'],
    ['cut off', new BodyAborted(), 400, 'messageMalformed'],
  ])('a body that does not come: %s', async (_, error, status, reason) => {
    const request = scepRequest();
    const response = await ask(new ScriptedAuthority(world), { ...request, readBody: () => Promise.reject(error) });
    expect(response.status).toBe(status);
    expect(field(response, 'Touchmark-Reason')).toBe(reason);
  });

  it('the body may have 256 KiB', async () => {
    const limits: number[] = [];
    const request = scepRequest();
    await ask(new ScriptedAuthority(world), {
      ...request,
      readBody: (limit) => {
        limits.push(limit);
        return request.readBody(limit);
      },
    });
    expect(limits).toEqual([256 * 1024]);
  });

  it('a request that is shed: 503 with the time that was drawn', () => {
    const response = scepOverloaded(scepRequest(), 17);
    expect(response.status).toBe(503);
    expect(field(response, 'Retry-After')).toBe('17');
    expect(field(response, 'Touchmark-Reason')).toBe('overloaded');
  });
});
