/** The TLS certificate of the service's own listeners: from its own issuing authority, renewed by itself. */
import { encodePem } from '@touchmark/asn1';
import type { Catalog, Clock, PrincipalIssuance, Profile } from '@touchmark/ca';
import type { ListenerCertificate } from '@touchmark/http';
import type { KeyStore } from '@touchmark/keystore';
import type { GeneralName } from '@touchmark/x509';
import { getOrGenerateSigner } from './key-access.ts';
import { currentOwnCertificate } from './own-certificate.ts';

const keyId = 'listener';

export interface ListenerCertificateDependencies {
  readonly catalog: Catalog;
  readonly keys: KeyStore;
  readonly principalIssuance: PrincipalIssuance;
  readonly clock: Clock;
  readonly profile: Profile;
  readonly authorityName: string;
  readonly names: readonly GeneralName[];
}

/** The certificate of the current period with its key and chain, for `serveHttps` and `setCertificate`. */
export async function currentListenerCertificate(
  dependencies: ListenerCertificateDependencies,
): Promise<ListenerCertificate & { readonly notAfter: Date }> {
  const { catalog, keys, profile, authorityName, names } = dependencies;
  const signer = await getOrGenerateSigner(keys, keyId, 'ec-p256');
  const preferred = names.find((name) => name.kind === 'dns') ?? names[0];
  if (preferred === undefined || !('value' in preferred)) throw new Error('The TLS listeners have no name.');
  const issued = await currentOwnCertificate(
    {
      purpose: 'listener',
      profile,
      authorityName,
      subject: [{ attribute: 'commonName', value: preferred.value }],
      subjectAltNames: names,
      signer,
    },
    dependencies,
  );
  const chain = catalog.chainOf(issued.authorityId).filter(({ authority }) => authority.kind !== 'root');
  const pem = [issued.certificateDer, ...chain.map(({ authority }) => authority.certificateDer)];
  return {
    key: await keys.getPrivateKey(keyId),
    certificateChainPem: pem.map((certificate) => encodePem('CERTIFICATE', certificate)).join(''),
    notAfter: issued.notAfter,
  };
}
