/** Configuration profiles of Apple devices, for administrators. */
import type { MobileConfigServices } from '@touchmark/admin-api';
import { CaError } from '@touchmark/ca';
import type { Catalog } from '@touchmark/ca';
import { encodeMobileConfig, scepPathOf } from '@touchmark/scep';

export interface AdminMobileConfigDependencies {
  readonly catalog: Catalog;
  readonly publicUrl: string;
}

export function createAdminMobileConfig({ catalog, publicUrl }: AdminMobileConfigDependencies): MobileConfigServices {
  return {
    async createMobileConfig(label, fields) {
      const endpoint = catalog.endpoints.find((candidate) => candidate.label === label);
      if (endpoint === undefined) throw new CaError('notFound', `There is no endpoint "${label}".`);
      if (endpoint.protocol !== 'scep') {
        throw new CaError('conflict', `The endpoint "${label}" is none of SCEP, which Apple devices enroll by.`);
      }
      const chain = catalog.chainOf(endpoint.authorityId).map(({ authority }) => authority.certificateDer);
      const [caCertificateDer] = chain;
      const rootCertificateDer = chain.at(-1);
      if (caCertificateDer === undefined || rootCertificateDer === undefined) {
        throw new CaError('notReady', 'The issuing authority is not loaded.');
      }
      const { commonName, organization, identifier, ...rest } = fields;
      return encodeMobileConfig({
        ...rest,
        url: `${publicUrl}${scepPathOf(label)}`,
        name: label,
        organization,
        identifier: identifier ?? `${reverseDns(publicUrl)}.scep.${label}`,
        subject: [...(organization === undefined ? [] : [['O', organization] as const]), ['CN', commonName]],
        // The device asks for an hour and a half while an administrator has not decided.
        ...(endpoint.approval === 'manual' && { retries: 18, retryDelaySeconds: 300 }),
        caCertificateDer,
        rootCertificateDer,
      });
    },
  };
}

function reverseDns(url: string): string {
  const { hostname } = new URL(url);
  return /^[\d.]+$|:/.test(hostname) ? 'local.touchmark' : hostname.split('.').toReversed().join('.');
}
