/** Who reads the requests of SCEP endpoints and signs the answers: an RA with a certificate renewed by itself, or the CA. */
import { sign } from 'node:crypto';
import type { KeyObject } from 'node:crypto';
import { CaError, registrationAuthoritySubject } from '@touchmark/ca';
import type { Catalog, Clock, Issuer, PrincipalIssuance, Profile } from '@touchmark/ca';
import { decryptKeyWith } from '@touchmark/cms';
import type { SignAttributes } from '@touchmark/cms';
import type { KeyStore } from '@touchmark/keystore';
import { ScepSettings } from '@touchmark/scep';
import type { ScepRecipient } from '@touchmark/scep';
import { parseCertificate } from '@touchmark/x509';
import { available, getOrGenerateSigner } from './key-access.ts';
import { currentOwnCertificate } from './own-certificate.ts';

export interface ScepRecipientsDependencies {
  readonly catalog: Catalog;
  readonly keys: KeyStore;
  readonly principalIssuance: PrincipalIssuance;
  readonly clock: Clock;
  readonly profile: () => Promise<Profile>;
}

/** What the oldest equipment reads. */
const keyAlgorithm = 'rsa-2048';

/** As `touchmark key list` shows it. */
export function registrationAuthorityKeyId(authorityName: string): string {
  return `scep:${authorityName}/${keyAlgorithm}`;
}

export class ScepRecipients {
  readonly #dependencies: ScepRecipientsDependencies;
  /** By the id of the authority. */
  readonly #registrationAuthorities = new Map<string, ScepRecipient>();
  readonly #renewing = new Map<string, Promise<ScepRecipient>>();
  /** An authority that changed has another issuer. */
  readonly #authorities = new WeakMap<Issuer, Promise<ScepRecipient>>();

  constructor(dependencies: ScepRecipientsDependencies) {
    this.#dependencies = dependencies;
  }

  /** Gets the RA certificate of the current period for each authority with an endpoint that needs one. */
  async renew(): Promise<void> {
    const { catalog } = this.#dependencies;
    const failures: unknown[] = [];
    for (const issuer of catalog.issuers) {
      if (this.isAsked(issuer.authority.id)) await this.#renew(issuer).catch((error: unknown) => failures.push(error));
    }
    if (failures.length > 0) throw failures[0];
  }

  /** Whether the authority has an endpoint with an RA, or is to take one over. */
  isAsked(authorityId: string): boolean {
    const { endpoints, issuers } = this.#dependencies.catalog;
    const asked = issuers.find(({ authority }) => authority.id === authorityId);
    return endpoints.some((endpoint) => {
      if (endpoint.protocol !== 'scep') return false;
      const settings = ScepSettings.safeParse(endpoint.protocolSettings).data;
      if (settings?.recipient !== 'ra') return false;
      return (
        endpoint.authorityId === authorityId ||
        (settings.nextAuthority !== undefined && settings.nextAuthority === asked?.authority.name)
      );
    });
  }

  /** @param kind as the settings of the endpoint say. @throws CaError `notReady` when its key cannot be had */
  find(issuer: Issuer, kind: ScepSettings['recipient']): ScepRecipient | Promise<ScepRecipient> {
    return kind === 'ca' ? this.#authorityItself(issuer) : this.findRegistrationAuthority(issuer);
  }

  findRegistrationAuthority(issuer: Issuer): ScepRecipient | Promise<ScepRecipient> {
    return this.#registrationAuthorities.get(issuer.authority.id) ?? this.#renew(issuer);
  }

  /** When the RA certificate of the authority ends; undefined: it has none. */
  notAfter(authorityId: string): Date | undefined {
    return this.#registrationAuthorities.get(authorityId)?.certificate.notAfter;
  }

  /** Calls at the same time share one renewal. */
  #renew(issuer: Issuer): Promise<ScepRecipient> {
    const { id } = issuer.authority;
    const renewing = this.#renewing.get(id) ?? this.#renewNow(issuer).finally(() => this.#renewing.delete(id));
    this.#renewing.set(id, renewing);
    return renewing;
  }

  async #renewNow(issuer: Issuer): Promise<ScepRecipient> {
    const { keys, principalIssuance, clock, profile } = this.#dependencies;
    const { id, name } = issuer.authority;
    const keyId = registrationAuthorityKeyId(name);
    const signer = await getOrGenerateSigner(keys, keyId, keyAlgorithm);
    const issued = await currentOwnCertificate(
      {
        purpose: `scep:${name}`,
        profile: await profile(),
        authorityName: name,
        subject: registrationAuthoritySubject(name, issuer.certificate.subject),
        subjectAltNames: [],
        signer,
      },
      { principalIssuance, clock },
    );
    // The key stays when the certificate is renewed: what clients encrypt for the earlier one is read as before.
    const recipient = recipientOf(issued.certificateDer, await keys.getPrivateKey(keyId));
    this.#registrationAuthorities.set(id, recipient);
    return recipient;
  }

  #authorityItself(issuer: Issuer): Promise<ScepRecipient> {
    const known = this.#authorities.get(issuer);
    if (known !== undefined) return known;
    const opening = this.#openAuthority(issuer);
    this.#authorities.set(issuer, opening);
    opening.catch(() => this.#authorities.delete(issuer));
    return opening;
  }

  async #openAuthority({ authority }: Issuer): Promise<ScepRecipient> {
    if (authority.state === 'retired') {
      throw new CaError('notReady', `The authority "${authority.name}" is retired: its key signs no answers of SCEP.`);
    }
    const privateKey = await available(() => this.#dependencies.keys.getPrivateKey(authority.keyId));
    if (privateKey.asymmetricKeyType !== 'rsa') {
      throw new CaError(
        'notReady',
        `The key of the authority "${authority.name}" is not RSA: SCEP needs an RA beside it.`,
      );
    }
    return recipientOf(authority.certificateDer, privateKey);
  }
}

function recipientOf(certificateDer: Uint8Array, privateKey: KeyObject): ScepRecipient {
  return {
    certificate: parseCertificate(certificateDer),
    decryptKey: decryptKeyWith(privateKey),
    sign: signWith(privateKey),
  };
}

/** RSASSA-PKCS1-v1_5, on the threadpool. */
function signWith(privateKey: KeyObject): SignAttributes {
  return (digest, data) =>
    new Promise((resolve, reject) => {
      sign(digest, data, privateKey, (error, signature) => {
        if (error === null) resolve(new Uint8Array(signature));
        else reject(error);
      });
    });
}
