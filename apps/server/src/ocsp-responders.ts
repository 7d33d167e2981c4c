/** The delegated OCSP responder of every authority, each with its own key and a short-lived certificate renewed by itself. */
import { responderSubject } from '@touchmark/ca';
import type { Catalog, Clock, Issuer, PrincipalIssuance, Profile, SigningGate, StatusRegistry } from '@touchmark/ca';
import { keyKindOf } from '@touchmark/crypto';
import type { SignatureAlgorithm } from '@touchmark/crypto';
import type { KeyStore } from '@touchmark/keystore';
import { createOcspResponder } from '@touchmark/ocsp';
import type { OcspResponder, OcspSigner } from '@touchmark/ocsp';
import { getOrGenerateSigner } from './key-access.ts';
import { currentOwnCertificate } from './own-certificate.ts';

export interface OcspRespondersDependencies {
  readonly catalog: Catalog;
  readonly statuses: StatusRegistry;
  readonly keys: KeyStore;
  readonly principalIssuance: PrincipalIssuance;
  readonly gate: SigningGate;
  readonly clock: Clock;
  readonly profile: () => Promise<Profile>;
  readonly onError: (error: unknown) => void;
}

interface HeldSigner extends OcspSigner {
  readonly keyId: string;
  readonly notAfter: Date;
}

export class OcspResponders {
  readonly #dependencies: OcspRespondersDependencies;
  /** By the id of the authority. */
  readonly #signers = new Map<string, HeldSigner>();
  readonly #renewing = new Map<string, Promise<HeldSigner>>();
  /** An authority that changed has another issuer, and gets a responder with its new settings. */
  readonly #responders = new WeakMap<Issuer, OcspResponder>();

  constructor(dependencies: OcspRespondersDependencies) {
    this.#dependencies = dependencies;
  }

  /**
   * Gets each authority's responder certificate of the current period; the answers that follow are signed with it. One that
   * cannot be had does not keep the others: it is named in the error at the end.
   */
  async renew(): Promise<void> {
    const failures: unknown[] = [];
    for (const issuer of this.#dependencies.catalog.issuers) {
      await this.#renew(issuer).catch((error: unknown) => failures.push(error));
    }
    if (failures.length > 0) throw failures[0];
  }

  /** Of every authority in the catalog, also of one that another node has made a moment ago. */
  find(authorityName: string): OcspResponder | undefined {
    const issuer = this.#dependencies.catalog.findIssuerByName(authorityName);
    if (issuer === undefined) return undefined;
    const known = this.#responders.get(issuer);
    if (known !== undefined) return known;
    const responder = createOcspResponder({
      authority: { id: issuer.authority.id, certificateDer: issuer.certificate.der },
      statuses: this.#dependencies.statuses,
      responder: () => this.#signerFor(issuer),
      clock: this.#dependencies.gate,
      validitySeconds: issuer.authority.ocspValiditySeconds,
      onError: this.#dependencies.onError,
    });
    this.#responders.set(issuer, responder);
    return responder;
  }

  /** When the responder certificate of the authority ends; undefined: it has none yet. */
  notAfter(authorityId: string): Date | undefined {
    return this.#signers.get(authorityId)?.notAfter;
  }

  #signerFor(issuer: Issuer): OcspSigner | Promise<OcspSigner> {
    const held = this.#signers.get(issuer.authority.id);
    return held?.keyId === responderKeyId(issuer) ? held : this.#renew(issuer);
  }

  /** Calls at the same time share one renewal. */
  #renew(issuer: Issuer): Promise<HeldSigner> {
    const { id } = issuer.authority;
    const renewing = this.#renewing.get(id) ?? this.#renewNow(issuer).finally(() => this.#renewing.delete(id));
    this.#renewing.set(id, renewing);
    return renewing;
  }

  async #renewNow(issuer: Issuer): Promise<HeldSigner> {
    const { keys, principalIssuance, clock, profile } = this.#dependencies;
    const { id, name, ocspKeyAlgorithm } = issuer.authority;
    const keyId = responderKeyId(issuer);
    const signer = await getOrGenerateSigner(keys, keyId, ocspKeyAlgorithm, responderAlgorithm(issuer));
    const issued = await currentOwnCertificate(
      {
        purpose: `ocsp:${name}`,
        profile: await profile(),
        authorityName: name,
        subject: responderSubject(name, issuer.certificate.subject),
        subjectAltNames: [],
        signer,
      },
      { principalIssuance, clock },
    );
    const held = this.#signers.get(id);
    if (held?.keyId === keyId && held.notAfter >= issued.notAfter) return held;
    const renewed = { keyId, signer, certificateDer: issued.certificateDer, notAfter: issued.notAfter };
    this.#signers.set(id, renewed);
    return renewed;
  }
}

/** Another algorithm, another key. */
function responderKeyId({ authority }: Issuer): string {
  return `ocsp:${authority.name}/${authority.ocspKeyAlgorithm}`;
}

/** Also one of an algorithm that the responder had before. */
export function isKeyOfResponder(keyId: string, authorityName: string): boolean {
  return keyId.startsWith(`ocsp:${authorityName}/`);
}

/** An authority that signs with RSASSA-PSS or a longer digest has relying parties that ask for it. */
function responderAlgorithm({ authority, signatureAlgorithm }: Issuer): SignatureAlgorithm | undefined {
  const sameKind = keyKindOf(authority.ocspKeyAlgorithm) === 'rsa' && signatureAlgorithm.keyKind === 'rsa';
  return sameKind ? signatureAlgorithm : undefined;
}
