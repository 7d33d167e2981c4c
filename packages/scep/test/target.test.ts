/** RFC 8894 §4.1: paths and queries, as clients really send them. */
import { beforeAll, describe, expect, it } from '@jest/globals';
import { decodeMessageParameter } from '../src/index.ts';
import { buildMessage } from './support/message-builder.ts';
import { readCertRep } from './support/cert-rep-reader.ts';
import { requestOf } from './support/requests.ts';
import { ask, field, get, scepRequest, ScriptedAuthority } from './support/scripted-authority.ts';
import { createWorld } from './support/world.ts';
import type { World } from './support/world.ts';

let world: World;
let message: Uint8Array;

beforeAll(async () => {
  world = await createWorld();
  const content = await requestOf(world.device, 'secret');
  // Its base64 must have what the query could spoil.
  do message = buildMessage({ signer: world.device, recipient: world.ra, content });
  while (!/\+.*\//s.test(Buffer.from(message).toString('base64')));
});

describe('§4.1 paths', () => {
  it.each([
    ['/scep/factory', 200],
    ['/scep/factory/', 200],
    ['/scep/factory/pkiclient.exe', 200],
    ['/scep/factory/pkiclient.exe/', 200],
    ['/scep/factory/PKICLIENT.EXE', 200],
    ['/scep/factory/cgi-bin/pkiclient.exe', 200],
    ['/scep/f%61ctory', 200],
    ['/scep/other', 404],
    ['/scep/pkiclient.exe', 404],
    ['/scep/', 404],
    ['/scep', 404],
    ['/scep//', 404],
    ['/scep//factory', 404],
    ['/scep/factory//', 404],
    ['/scep/factory/other', 404],
    ['/scep/factory/pkiclient.exe/pkiclient.exe', 404],
    ['/scep/%2e%2e%2ffactory', 404],
    ['/scep/%zz', 404],
    ['/SCEP/factory', 404],
  ])('%s is %d', async (path, status) => {
    const authority = new ScriptedAuthority(world);
    const response = await ask(authority, get('operation=GetCACaps', path));
    expect(response.status).toBe(status);
    const own = path.startsWith('/scep');
    expect(authority.refusals).toHaveLength(status === 404 && own ? 1 : 0);
    if (status === 404 && own) expect(field(response, 'Touchmark-Attempt')).toBe('early-1');
  });

  it('of others are none of its business', async () => {
    const authority = new ScriptedAuthority(world);
    expect((await ask(authority, get('operation=GetCACaps', '/scepter'))).status).toBe(404);
    expect(authority.refusals).toEqual([]);
  });

  it('the route is told for metrics, without the label', async () => {
    const authority = new ScriptedAuthority(world);
    expect((await ask(authority, get('operation=GetCACaps'))).route).toBe('/scep/{label}/GetCACaps');
    expect((await ask(authority, get('operation=Nonsense'))).route).toBe('/scep/{label}/{rest...}');
  });
});

describe('§4.1 queries', () => {
  it.each([
    ['operation=GetCACaps', 200],
    ['operation=GetCACaps&message=', 200],
    ['operation=GetCACaps&message=0', 200],
    ['operation=GetCACaps&message=CAIdentifier', 200],
    ['operation=GetCACaps&message=%zz', 200],
    ['message=a+profile&operation=GetCACaps', 200],
    ['x&operation=GetCACaps&&y=1', 200],
    ['operation=Get%43ACaps', 200],
    ['operation=GetCACert&message=1', 200],
    ['operation=getcacaps', 400],
    ['operation=PKIoperation', 400],
    ['operation=GetCACaps&operation=GetCACert', 400],
    ['operation=', 400],
    ['operation=toString', 400],
    ['operation=%zz', 400],
    ['message=', 400],
    ['', 400],
  ])('%s is %d', async (query, status) => {
    expect((await ask(new ScriptedAuthority(world), get(query))).status).toBe(status);
  });

  it('no query at all is 400, and says which operations there are', async () => {
    const response = await ask(new ScriptedAuthority(world), scepRequest({ method: 'GET', rawQuery: undefined }));
    expect(response.status).toBe(400);
    expect(response.body).toContain('GetCACaps, GetCACert, GetNextCACert, PKIOperation');
    expect(field(response, 'Touchmark-Reason')).toBe('operationNotSupported');
  });

  it.each([
    ['POST', 'GetCACaps', 'GET, HEAD'],
    ['PUT', 'GetCACert', 'GET, HEAD'],
    // Enrolls: not for HEAD, which must not change anything.
    ['HEAD', 'PKIOperation', 'GET, POST'],
    ['DELETE', 'PKIOperation', 'GET, POST'],
  ])('%s %s is 405', async (method, operation, allow) => {
    const request = scepRequest({ method, rawQuery: `operation=${operation}`, body: message });
    const authority = new ScriptedAuthority(world);
    const response = await ask(authority, request);
    expect(response.status).toBe(405);
    expect(field(response, 'Allow')).toBe(allow);
    expect(authority.requests).toEqual([]);
  });
});

describe('§4.3 the message of a PKIOperation by GET', () => {
  const base64 = (): string => Buffer.from(message).toString('base64');
  const forms: readonly (readonly [string, () => string])[] = [
    ['base64 as it is, + as + (jscep)', base64],
    ['all escaped', () => encodeURIComponent(base64())],
    ['only + escaped', () => base64().replaceAll('+', '%2B')],
    ['lines with %0A (Cisco IOS)', () => base64().replaceAll(/.{60}/g, '$&%0A') + '%0A'],
    ['lines with %0D%0A', () => base64().replaceAll(/.{76}/g, '$&%0D%0A')],
    ['blanks between', () => base64().replaceAll(/.{64}/g, '$&%20')],
    ['base64url', () => Buffer.from(message).toString('base64url')],
    ['without padding', () => base64().replaceAll('=', '')],
    ['escaped padding', () => base64().replaceAll('=', '%3D')],
    ['escapes in lower case', () => base64().replaceAll('+', '%2b').replaceAll('/', '%2f')],
  ];

  it.each(forms)('%s', async (_, form) => {
    const raw = form();
    expect(decodeMessageParameter(raw)).toEqual(message);
    const authority = new ScriptedAuthority(world);
    const response = await ask(authority, get(`message=${raw}&operation=PKIOperation`));
    expect((await readCertRep(response, world.device, world.ra)).pkiStatus).toBe('0');
    expect(authority.requests).toHaveLength(1);
  });

  it.each([
    ['none', 'operation=PKIOperation'],
    ['empty', 'operation=PKIOperation&message='],
    ['two', 'operation=PKIOperation&message=MAA=&message=MAA='],
    ['not base64', 'operation=PKIOperation&message=%7B%7D'],
    ['cut off in a group', 'operation=PKIOperation&message=MAAAA'],
    ['not percent-encoded', 'operation=PKIOperation&message=%e2%28'],
    ['no CMS', 'operation=PKIOperation&message=MAA='],
  ])('%s is 400 with a reason', async (_, query) => {
    const authority = new ScriptedAuthority(world);
    const response = await ask(authority, get(query));
    expect(response.status).toBe(400);
    expect(field(response, 'Touchmark-Reason')).toBe('messageMalformed');
    expect(authority.refusals[0]).toMatchObject({ operation: 'other', endpointLabel: 'factory' });
    expect(authority.asked).toBe(0);
  });
});

describe('§4.3 the message of a PKIOperation by POST', () => {
  it.each([
    undefined,
    '',
    'application/x-pki-message',
    'application/octet-stream',
    'application/x-www-form-urlencoded',
  ])('of Content-Type %s', async (contentType) => {
    const headers: Record<string, string> = contentType === undefined ? {} : { 'content-type': contentType };
    const response = await ask(new ScriptedAuthority(world), scepRequest({ body: message, headers }));
    expect((await readCertRep(response, world.device, world.ra)).pkiStatus).toBe('0');
  });

  it('an empty body is 400', async () => {
    expect((await ask(new ScriptedAuthority(world), scepRequest())).status).toBe(400);
  });
});
