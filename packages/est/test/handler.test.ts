import { describe, expect, it } from '@jest/globals';
import { parseCertsOnly } from '@touchmark/cms';
import { CaError, refusalCodes } from '@touchmark/ca';
import { BodyAborted, BodyTimeout, BodyTooLarge } from '@touchmark/http';
import type { HttpError, HttpRequest, HttpResponse } from '@touchmark/http';
import { createEstHandler, estOverloaded, statusOfRefusal } from '../src/index.ts';
import type { EstHandlerOptions } from '../src/index.ts';
import {
  ScriptedAuthority,
  basic,
  certificateDer,
  estRequest,
  noCsrAttributes,
  requestDer,
  rootDer,
  tls13,
} from './scripted-authority.ts';

const field = (response: HttpResponse, name: string): string | undefined =>
  response.headers.find(([candidate]) => candidate === name)?.[1];

const certificatesIn = (response: HttpResponse): readonly Uint8Array[] =>
  parseCertsOnly(new Uint8Array(Buffer.from(response.body as string, 'base64'))).certificatesDer;

async function ask(
  request: HttpRequest,
  authority = new ScriptedAuthority(),
  options: EstHandlerOptions = {},
): Promise<{ response: HttpResponse; authority: ScriptedAuthority }> {
  return { response: await createEstHandler(authority, options)(request), authority };
}

const get = (path: string): HttpRequest => estRequest({ method: 'GET', path, headers: {}, body: '' });

describe('§3.2.2 paths', () => {
  it.each([
    ['/.well-known/est/cacerts', 200],
    ['/.well-known/est/cacerts/', 200],
    ['/.well-known/est/factory/cacerts', 200],
    ['/.well-known/est/factory/cacerts/', 200],
    ['/.well-known/est/f%61ctory/cacerts', 200],
    ['/.well-known/est/other/cacerts', 404],
    ['/.well-known/est/cacerts/cacerts', 404],
    ['/.well-known/est//cacerts', 404],
    ['/.well-known/est/factory//cacerts', 404],
    ['/.well-known/est/factory/cacerts//', 404],
    ['/.well-known/est/a/b/cacerts', 404],
    ['/.well-known/est/%2e%2e%2f/cacerts', 404],
    ['/.well-known/est/%zz/cacerts', 404],
    ['/.well-known/est/CACERTS', 404],
    ['/.well-known/est/toString', 404],
    ['/.well-known/est/', 404],
    ['/.well-known/est', 404],
  ])('%s is %d', async (path, status) => {
    const { response, authority } = await ask(get(path));
    expect(response.status).toBe(status);
    expect(authority.refusals).toHaveLength(status === 200 ? 0 : 1);
    if (status === 404) expect(field(response, 'Touchmark-Attempt')).toBe('early-1');
  });

  it('of others are none of its business and leave no attempt', async () => {
    const { response, authority } = await ask(get('/robots.txt'));
    expect(response.status).toBe(404);
    expect(authority.refusals).toEqual([]);
  });

  it('without a label ask the default endpoint, if there is one', async () => {
    const authority = new ScriptedAuthority();
    authority.defaultLabel = undefined;
    expect((await ask(get('/.well-known/est/cacerts'), authority)).response.status).toBe(404);
    expect((await ask(get('/.well-known/est/factory/cacerts'), authority)).response.status).toBe(200);
  });

  it.each([
    ['POST', 'cacerts', 'GET, HEAD'],
    ['POST', 'csrattrs', 'GET, HEAD'],
    ['GET', 'simpleenroll', 'POST'],
    ['PUT', 'simplereenroll', 'POST'],
    ['GET', 'fullcmc', 'POST'],
  ])('%s %s is 405', async (method, operation, allow) => {
    const { response, authority } = await ask(estRequest({ method, path: `/.well-known/est/${operation}` }));
    expect(response.status).toBe(405);
    expect(field(response, 'Allow')).toBe(allow);
    expect(authority.refusals).toHaveLength(1);
  });

  it.each(['serverkeygen', 'fullcmc'])('%s is 501, says why, and leaves an attempt', async (operation) => {
    const { response, authority } = await ask(estRequest({ path: `/.well-known/est/factory/${operation}` }));
    expect(response.status).toBe(501);
    expect(response.body).toContain('simpleenroll');
    expect(field(response, 'Touchmark-Attempt')).toBe('early-1');
    expect(authority.refusals).toMatchObject([{ operation: 'other', endpointLabel: 'factory' }]);
    expect(authority.requests).toEqual([]);
  });

  it('name the route for metrics', async () => {
    expect((await ask(get('/.well-known/est/cacerts'))).response.route).toBe('/.well-known/est/{label}/cacerts');
    expect((await ask(get('/.well-known/est/x'))).response.route).toBe('/.well-known/est/{rest...}');
  });
});

it('§3.3 nothing is answered without TLS', async () => {
  for (const path of ['/.well-known/est/cacerts', '/.well-known/est/simpleenroll']) {
    const { response, authority } = await ask(
      estRequest({ method: path.endsWith('cacerts') ? 'GET' : 'POST', path, tls: undefined }),
    );
    expect(response.status).toBe(403);
    expect(authority.requests).toEqual([]);
  }
});

it('§4.1.3 cacerts has every certificate, in base64 lines, without smime-type', async () => {
  const { response } = await ask(get('/.well-known/est/cacerts'));
  expect(response.headers).toEqual([
    ['Content-Type', 'application/pkcs7-mime'],
    ['Content-Transfer-Encoding', 'base64'],
  ]);
  expect(response.body).toMatch(/^([A-Za-z0-9+/]{64}\n)+[A-Za-z0-9+/]{0,64}={0,2}\n$/);
  expect(
    certificatesIn(response)
      .map((der) => Buffer.from(der).toString('hex'))
      .toSorted(),
  ).toEqual([certificateDer, rootDer].map((der) => Buffer.from(der).toString('hex')).toSorted());
});

describe('§4.2 simpleenroll', () => {
  it('§4.2.3 answers with the certificate alone, in exactly the headers that clients read', async () => {
    const { response } = await ask(estRequest());
    expect(response.status).toBe(200);
    expect(response.headers).toEqual([
      ['Content-Type', 'application/pkcs7-mime; smime-type=certs-only'],
      ['Content-Transfer-Encoding', 'base64'],
      ['Touchmark-Attempt', 'attempt-1'],
    ]);
    expect(certificatesIn(response)).toEqual([certificateDer]);
  });

  it('hands on what was sent and who sent it', async () => {
    const tls = { ...tls13, peerCertificateDer: certificateDer };
    const { authority } = await ask(estRequest({ tls, headers: { authorization: basic('device-1', 'a:b') } }));
    expect(authority.requests).toEqual([
      {
        requestId: expect.any(String),
        protocol: 'est',
        operation: 'simpleenroll',
        kind: 'enrollment',
        endpointLabel: 'factory',
        credentials: { password: { userName: 'device-1', value: 'a:b' }, certificateDer },
        requestDer: new Uint8Array(requestDer),
        channelBinding: tls,
        remoteAddress: '192.0.2.7',
        warnings: ['no Content-Type'],
      },
    ]);
  });

  it('§4.2.3 pending is 202 with Retry-After in whole seconds and no body', async () => {
    const authority = new ScriptedAuthority();
    authority.outcome = { kind: 'pending', attemptId: 'a-1', retryAfterSeconds: 299.5 };
    const { response } = await ask(estRequest(), authority);
    expect(response).toMatchObject({ status: 202, body: '' });
    expect(response.headers).toEqual([
      ['Retry-After', '300'],
      ['Touchmark-Attempt', 'a-1'],
    ]);
  });

  it('a client without credentials is asked for some, whatever its body', async () => {
    const authority = new ScriptedAuthority();
    authority.outcome = () => ({
      kind: 'refused',
      attemptId: 'a-1',
      error: new CaError('credentialsMissing', 'Send a secret.'),
    });
    const { response } = await ask(estRequest({ headers: {}, body: '' }), authority);
    expect(response).toMatchObject({ status: 401, body: '' });
    expect(response.headers[0]).toEqual(['WWW-Authenticate', 'Basic realm="Touchmark"']);
    expect(authority.requests[0]?.requestDer).toHaveLength(0);
    expect(authority.requests[0]?.warnings.join()).toMatch(/empty/);
  });

  it('an unreadable body with credentials is refused before the cycle, with its warnings', async () => {
    const { response, authority } = await ask(estRequest({ headers: { authorization: basic('', 's') }, body: 'x' }));
    expect(response.status).toBe(400);
    expect(authority.requests).toEqual([]);
    expect(authority.refusals).toMatchObject([
      {
        operation: 'simpleenroll',
        endpointLabel: 'factory',
        error: { code: 'requestBase64Invalid' },
        warnings: ['no Content-Type'],
      },
    ]);
  });

  it('a web page cannot enroll with the certificate of its visitor', async () => {
    const tls = { ...tls13, peerCertificateDer: certificateDer };
    const { response, authority } = await ask(
      estRequest({ tls, headers: { origin: 'null', 'content-type': 'text/plain' } }),
    );
    expect(response.status).toBe(403);
    expect(authority.requests).toEqual([]);
  });

  it.each<[string, HttpError, number, string]>([
    ['too large', new BodyTooLarge(65_536), 413, 'requestTooLarge'],
    ['too slow', new BodyTimeout(30), 408, 'requestMalformed'],
    ['cut off', new BodyAborted(), 400, 'requestMalformed'],
  ])('a body that is %s', async (_name, error, status, code) => {
    const request = { ...estRequest(), readBody: () => Promise.reject(error) };
    const { response, authority } = await ask(request);
    expect(response.status).toBe(status);
    expect(field(response, 'Touchmark-Reason')).toBe(code);
    expect(authority.refusals).toHaveLength(1);
  });

  it('asks for 64 KiB of body at most', async () => {
    const limits: number[] = [];
    const request = estRequest();
    await ask({ ...request, readBody: (limit) => (limits.push(limit), request.readBody(limit)) });
    expect(limits).toEqual([65_536]);
  });
});

describe('refusals', () => {
  it.each(refusalCodes)('%s is told with attempt, reason, and the right body', async (code) => {
    const authority = new ScriptedAuthority();
    authority.outcome = {
      kind: 'refused',
      attemptId: 'a-7',
      error: new CaError(code, 'What, why and how to mend it.'),
    };
    const { response } = await ask(estRequest(), authority);
    const status = statusOfRefusal(code);
    expect(response.status).toBe(status);
    expect(field(response, 'Touchmark-Attempt')).toBe('a-7');
    expect(field(response, 'Touchmark-Reason')).toBe(code);
    if (status === 401) {
      expect(response.headers[0]).toEqual(['WWW-Authenticate', 'Basic realm="Touchmark"']);
      expect(response.body).toBe('');
    } else {
      expect(field(response, 'Content-Type')).toBe('text/plain; charset=utf-8');
      const text = status === 500 ? 'The service failed.' : 'What, why and how to mend it.';
      expect(response.body).toContain(text);
      expect(response.body).toContain('a-7');
    }
    if (status === 503) expect(field(response, 'Retry-After')).toMatch(/^\d+$/);
  });

  it('are 4xx, 501 or 503: 500 is for our own faults alone', () => {
    const other = refusalCodes.filter((code) => ![501, 503].includes(statusOfRefusal(code)));
    expect(other.filter((code) => statusOfRefusal(code) >= 500)).toEqual(['internal']);
  });

  it.each([
    ['requestMalformed', 400],
    ['requestTooLarge', 413],
    ['keyTooSmall', 400],
    ['keyOfAnotherDevice', 403],
    ['keyBlocked', 403],
    ['keyBlockedByOperator', 403],
    ['credentialsMissing', 401],
    ['secretWrong', 401],
    ['secretSpent', 403],
    ['secretLocked', 429],
    ['certificateUnknown', 401],
    ['certificateExpired', 401],
    ['certificateNotYetValid', 403],
    ['certificateRevoked', 403],
    ['endpointUnknown', 404],
    ['deviceNameInvalid', 400],
    ['deviceUnknown', 403],
    ['deviceAlreadyRegistered', 409],
    ['nameInvalid', 400],
    ['renewalTooEarly', 403],
    ['outlivesIssuer', 403],
    ['lintFailed', 400],
    ['operationNotSupported', 501],
    ['notReady', 503],
  ] as const)('%s is %i', (code, status) => {
    expect(statusOfRefusal(code)).toBe(status);
  });

  it('say when to try again, if the domain knows', async () => {
    const authority = new ScriptedAuthority();
    const error = new CaError('secretLocked', 'Locked.', { retryAfterSeconds: 90 });
    authority.outcome = { kind: 'refused', attemptId: 'a', error };
    expect(field((await ask(estRequest(), authority)).response, 'Retry-After')).toBe('90');
  });

  it('§4.2.2 simplereenroll never asks for Basic, which cannot help there', async () => {
    const authority = new ScriptedAuthority();
    authority.outcome = {
      kind: 'refused',
      attemptId: 'a',
      error: new CaError('credentialsNotAccepted', 'Present the certificate.'),
    };
    const { response } = await ask(estRequest({ path: '/.well-known/est/simplereenroll' }), authority);
    expect(response.status).toBe(403);
    expect(response.body).toContain('Present the certificate.');
    expect(field(response, 'WWW-Authenticate')).toBeUndefined();
  });

  it('a fault is "internal" without text, is reported, and is on record', async () => {
    const authority = new ScriptedAuthority();
    authority.outcome = () => {
      throw new Error('password hunter2 at 10.0.0.1');
    };
    const reported: unknown[] = [];
    const { response } = await ask(estRequest(), authority, { onError: (error) => reported.push(error) });
    expect(response.status).toBe(500);
    expect(JSON.stringify(response)).not.toMatch(/hunter2|10\.0\.0\.1/);
    expect(reported).toHaveLength(1);
    expect(authority.refusals).toMatchObject([{ error: { code: 'internal' } }]);
  });

  it('are given even if they cannot be recorded, under the id of the request', async () => {
    const authority = new ScriptedAuthority();
    authority.record = () => {
      throw new CaError('registryUnavailable', 'away');
    };
    const reported: unknown[] = [];
    const { response } = await ask(estRequest({ body: '' }), authority, { onError: (error) => reported.push(error) });
    expect(response.status).toBe(400);
    expect(field(response, 'Touchmark-Attempt')).toBe('request-1');
    expect(reported).toHaveLength(1);
  });

  it('of overload are in the same form', () => {
    const response = estOverloaded(estRequest(), 17);
    expect(response.status).toBe(503);
    expect(response.headers).toEqual(
      expect.arrayContaining([
        ['Retry-After', '17'],
        ['Touchmark-Reason', 'overloaded'],
        ['Touchmark-Attempt', 'request-1'],
      ]),
    );
  });
});

describe('§4.5 csrattrs', () => {
  it('is 204 when there is nothing to say', async () => {
    const { response } = await ask(get('/.well-known/est/csrattrs'));
    expect(response).toMatchObject({ status: 204, headers: [], body: '' });
  });

  it('is base64 of CsrAttrs otherwise', async () => {
    const authority = new ScriptedAuthority();
    authority.csrAttributes = { ...noCsrAttributes, channelBinding: true };
    const { response } = await ask(get('/.well-known/est/csrattrs'), authority);
    expect(response.headers).toEqual([
      ['Content-Type', 'application/csrattrs'],
      ['Content-Transfer-Encoding', 'base64'],
    ]);
    // SEQUENCE { OID challengePassword }
    expect(Buffer.from(response.body as string, 'base64').toString('hex')).toBe('300b06092a864886f70d010907');
  });
});
