/** The REST interface, used with the administrator's certificate in the home. */
import { readFileSync } from 'node:fs';
import { Agent } from 'node:https';
import { join } from 'node:path';
import type { Attempt, Authority, Certificate, CreatedSecret, Endpoint, Secret } from '@touchmark/admin-api';
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
