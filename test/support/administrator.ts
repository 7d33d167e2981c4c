/** The REST interface, used with the administrator's certificate in the home. */
import { readFileSync } from 'node:fs';
import { Agent } from 'node:https';
import { join } from 'node:path';
import type {
  ApprovedRequest,
  Attempt,
  AttemptSummary,
  Authority,
  Certificate,
  CreatedSecret,
  Endpoint,
  PendingRequestSummary,
  Secret,
  ChangedChallenge,
  DerivedChallenges,
} from '@touchmark/admin-api';
import type { ClientCredential } from './est-socket.ts';
import { exchange } from './https-exchange.ts';
import type { Touchmark } from './touchmark.ts';

export interface AuthorityWishes {
  readonly name: string;
  readonly issuer?: string;
  readonly subject: string;
  readonly keyAlgorithm?: string;
  readonly signatureAlgorithm?: string;
  readonly pathLength?: number | null;
  readonly keyUsage?: readonly string[];
  readonly nameConstraints?: {
    readonly permitted?: readonly { readonly kind: string; readonly value: string }[];
    readonly excluded?: readonly { readonly kind: string; readonly value: string }[];
  };
  readonly crlShards?: number;
}

export interface SecretWishes {
  readonly label?: string;
  readonly deviceId?: string;
  readonly maxUses?: number;
  readonly expiresInSeconds?: number;
}

export interface ScepEndpointWishes {
  readonly authority?: string;
  readonly approval?: 'automatic' | 'manual';
  readonly settings?: Readonly<Record<string, unknown>>;
}

export class Administrator {
  readonly #touchmark: Touchmark;
  readonly #agent: Agent;

  constructor(touchmark: Touchmark) {
    this.#touchmark = touchmark;
    this.#agent = new Agent({ keepAlive: true, maxSockets: 4, ca: readFileSync(touchmark.rootCertificateFile) });
  }

  get credential(): ClientCredential {
    const { home, firstRun } = this.#touchmark;
    return {
      certificatePem: readFileSync(join(home, firstRun.adminCertificateFile), 'utf8'),
      privateKeyPem: readFileSync(join(home, firstRun.adminKeyFile), 'utf8'),
    };
  }

  async createSecret({ label = 'factory', ...body }: SecretWishes = {}): Promise<CreatedSecret> {
    return (await this.#ask('POST', `/endpoints/${label}/secrets`, body)) as CreatedSecret;
  }

  async revokeSecret({ endpointLabel, id }: CreatedSecret): Promise<void> {
    await this.#ask('DELETE', `/endpoints/${endpointLabel}/secrets/${id}`);
  }

  async listSecrets(label = 'factory'): Promise<readonly Secret[]> {
    return ((await this.#ask('GET', `/endpoints/${label}/secrets?limit=500`)) as { items: Secret[] }).items;
  }

  async attempt(id: string): Promise<Attempt> {
    return (await this.#ask('GET', `/attempts/${id}`)) as Attempt;
  }

  /** The newest one of an endpoint, with its steps. */
  async lastAttempt(label: string): Promise<Attempt> {
    const { items } = (await this.#ask('GET', `/attempts?limit=1&endpoint=${label}`)) as { items: AttemptSummary[] };
    return this.attempt(items[0]?.id ?? 'none');
  }

  /** What waits for an administrator at an endpoint. */
  async waiting(label: string): Promise<readonly PendingRequestSummary[]> {
    return ((await this.#ask('GET', `/requests?endpoint=${label}`)) as { items: PendingRequestSummary[] }).items;
  }

  async approve(id: string): Promise<ApprovedRequest> {
    return (await this.#ask('POST', `/requests/${id}/approve`)) as ApprovedRequest;
  }

  async certificatesOf(deviceId: string): Promise<readonly Certificate[]> {
    const path = `/certificates?limit=500&deviceId=${encodeURIComponent(deviceId)}`;
    return ((await this.#ask('GET', path)) as { items: Certificate[] }).items;
  }

  async issueServerCertificate(requestDer: Uint8Array, dnsName: string): Promise<{ readonly certificatePem: string }> {
    const body = {
      profile: 'server',
      certificationRequest: Buffer.from(requestDer).toString('base64'),
      subjectAltNames: [{ kind: 'dns', value: dnsName }],
    };
    return (await this.#ask('POST', '/certificates', body)) as { certificatePem: string };
  }

  async revoke(serialNumberHex: string, reason = 'unspecified'): Promise<void> {
    await this.#ask('POST', `/certificates/${serialNumberHex}/revoke`, { reason });
  }

  /** A root without `issuer`. */
  async createAuthority(body: AuthorityWishes): Promise<Authority> {
    return (await this.#ask('POST', '/authorities', body)) as Authority;
  }

  async setAuthority(name: string, body: object): Promise<Authority> {
    return (await this.#ask('PATCH', `/authorities/${name}`, body, { 'If-Match': '*' })) as Authority;
  }

  async createEndpoint(label: string, authority: string, profile = 'device'): Promise<Endpoint> {
    return (await this.#ask('POST', '/endpoints', { label, authority, profile })) as Endpoint;
  }

  /** @returns the URL to give to clients */
  async createScepEndpoint(label: string, { authority = 'issuing', ...wishes }: ScepEndpointWishes = {}) {
    await this.#ask('POST', '/endpoints', { label, authority, profile: 'device', protocol: 'scep', ...wishes });
    return `${this.#touchmark.firstRun.publicUrl}/scep/${label}`;
  }

  async setChallenge(label: string, body: object): Promise<ChangedChallenge> {
    return (await this.#ask('POST', `/endpoints/${label}/challenge`, body)) as ChangedChallenge;
  }

  async deriveChallenge(label: string, deviceId: string): Promise<string> {
    const path = `/endpoints/${label}/challenge/derive`;
    const { items } = (await this.#ask('POST', path, { deviceIds: [deviceId] })) as DerivedChallenges;
    return items[0]!.challenge;
  }

  async setEndpoint(label: string, body: object): Promise<Endpoint> {
    return (await this.#ask('PATCH', `/endpoints/${label}`, body, { 'If-Match': '*' })) as Endpoint;
  }

  close(): void {
    this.#agent.destroy();
  }

  async #ask(
    method: string,
    path: string,
    body?: unknown,
    fields: Readonly<Record<string, string>> = {},
  ): Promise<unknown> {
    const { certificatePem, privateKeyPem } = this.credential;
    const content = body === undefined ? undefined : JSON.stringify(body);
    const answer = await exchange(
      `${this.#touchmark.firstRun.adminUrl}/api/v1${path}`,
      {
        method,
        agent: this.#agent,
        cert: certificatePem,
        key: privateKeyPem,
        headers: { ...(content === undefined ? {} : { 'Content-Type': 'application/json' }), ...fields },
      },
      content,
    );
    const text = answer.body.toString();
    if (answer.status >= 300) throw new Error(`${method} ${path} was answered with ${answer.status}: ${text}`);
    return text === '' ? undefined : JSON.parse(text);
  }
}
