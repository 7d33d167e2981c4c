/**
 * Microsoft's login, Graph and Intune's SCEP validation service on one HTTPS server of loopback, as far as they are asked:
 * tokens that expire, the place of the service, challenges that are read out of the request.
 */
import { randomUUID } from 'node:crypto';
import type { ServerResponse } from 'node:http';
import { fromBase64 } from '@touchmark/asn1';
import { parseCertificationRequest } from '@touchmark/x509';
import { json, startLocalHttps } from './local-https.ts';
import type { LocalHttps, SeenRequest } from './local-https.ts';

export const tenant = 'contoso.onmicrosoft.com';
export const clientId = '11111111-2222-3333-4444-555555555555';
export const clientSecret = 'a~client.secret-of_40~characters.at.least';

const intuneScope = 'https://intune.test//.default';
const intuneApp = '0000000a-0000-0000-c000-000000000000';

export interface Notification {
  readonly action: string;
  readonly body: Readonly<Record<string, unknown>>;
}

export interface IntuneStandIn {
  readonly https: LocalHttps;
  readonly settings: Readonly<Record<string, unknown>>;
  /** What Intune says of a challenge; of any other: ChallengeDecodingError. */
  readonly challenges: Map<string, string>;
  readonly notifications: Notification[];
  /** Answers the next requests to the validation service in the place of what it would say. */
  readonly mishaps: ((response: ServerResponse) => void)[];
  tokenSeconds: number;
  /** All tokens given out until now are worth nothing. */
  revokeTokens(): void;
  /** The service moves: what Graph says changes, and the old place answers 404. */
  move(): void;
  /** How often each part was asked. */
  count(part: 'token' | 'discovery' | 'validateRequest' | 'successNotification' | 'failureNotification'): number;
  close(): Promise<void>;
}

export async function startIntune(): Promise<IntuneStandIn> {
  const tokens = new Map<string, { readonly scope: string; readonly until: number }>();
  const challenges = new Map<string, string>();
  const notifications: Notification[] = [];
  const mishaps: ((response: ServerResponse) => void)[] = [];
  let place = 'first';

  const holdsToken = ({ headers }: SeenRequest, scope: string): boolean => {
    const token = tokens.get((headers.authorization ?? '').replace(/^Bearer /, ''));
    return token?.scope === scope && token.until > Date.now();
  };

  const giveToken = ({ body, headers }: SeenRequest, response: ServerResponse): void => {
    const form = new URLSearchParams(body);
    const right =
      headers['content-type'] === 'application/x-www-form-urlencoded' &&
      form.get('grant_type') === 'client_credentials' &&
      form.get('client_id') === clientId &&
      form.get('client_secret') === clientSecret;
    if (!right) {
      json(response, 401, {
        error: 'invalid_client',
        error_description: `AADSTS7000215: ${form.get('client_secret')}`,
      });
      return;
    }
    const token = randomUUID();
    tokens.set(token, { scope: form.get('scope') ?? '', until: Date.now() + standIn.tokenSeconds * 1000 });
    json(response, 200, {
      token_type: 'Bearer',
      expires_in: standIn.tokenSeconds,
      ext_expires_in: 1,
      access_token: token,
    });
  };

  const act = (action: string, request: SeenRequest, response: ServerResponse): void => {
    const mishap = mishaps.shift();
    if (mishap !== undefined) {
      mishap(response);
      return;
    }
    if (!holdsToken(request, intuneScope)) {
      json(response, 401, { error: 'unauthorized' });
      return;
    }
    if (request.headers['api-version'] !== '2018-02-20' || request.headers['client-request-id'] === undefined) {
      json(response, 400, { error: 'headers' });
      return;
    }
    const body = JSON.parse(request.body) as Record<'request' | 'notification', Record<string, unknown>>;
    const asked = body.request ?? body.notification;
    if (action !== 'validateRequest') {
      notifications.push({ action, body: asked });
      json(response, 200, { '@odata.context': 'x', code: 'Success', errorDescription: '' });
      return;
    }
    const { challengePassword } = parseCertificationRequest(fromBase64(String(asked.certificateRequest)));
    const code = challenges.get(challengePassword ?? '') ?? 'ChallengeDecodingError';
    json(response, 200, { '@odata.context': 'x', code, errorDescription: 'for humans' });
  };

  const https = await startLocalHttps((request, response) => {
    const { method, path } = request;
    const action = new RegExp(`^/${place}/ScepActions/(\\w+)$`).exec(path)?.[1];
    if (method === 'POST' && path === `/${tenant}/oauth2/v2.0/token`) giveToken(request, response);
    else if (method === 'GET' && path === `/graph/v1.0/servicePrincipals/appId=${intuneApp}/endpoints`) {
      if (!holdsToken(request, `${https.url}/graph/.default`)) json(response, 401, {});
      else {
        json(response, 200, {
          value: [
            { capability: 'x', providerName: 'StatelessPkiConnectorService', uri: `${https.url}/elsewhere` },
            { capability: 'x', providerName: 'ScepRequestValidationFEService', uri: `${https.url}/${place}` },
          ],
        });
      }
    } else if (method === 'POST' && action !== undefined) act(action, request, response);
    else json(response, 404, { error: 'there is nothing here' });
  });

  const parts = {
    token: '/oauth2/v2.0/token',
    discovery: '/endpoints',
    validateRequest: '/validateRequest',
    successNotification: '/successNotification',
    failureNotification: '/failureNotification',
  };
  const standIn: IntuneStandIn = {
    https,
    settings: {
      tenant,
      clientId,
      loginUrl: https.url,
      graphUrl: `${https.url}/graph/`,
      intuneUrl: 'https://intune.test/',
      caCertificates: https.caCertificates,
      allowPrivateAddresses: true,
      timeoutSeconds: 5,
    },
    challenges,
    notifications,
    mishaps,
    tokenSeconds: 3599,
    revokeTokens: () => tokens.clear(),
    move: () => {
      place = 'second';
    },
    count: (part) => https.seen.filter(({ path }) => path.endsWith(parts[part])).length,
    close: () => https.close(),
  };
  return standIn;
}
