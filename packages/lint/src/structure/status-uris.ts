/** The URIs of CRL and authority access extensions, each with the extension it stands in. */
import type { FrameExtensions } from './extensions.ts';
import type { GeneralName } from './general-name.ts';

export interface StatusUri {
  readonly extension: string;
  readonly text: string;
}

export function statusUrisOf({ values }: FrameExtensions): StatusUri[] {
  const uris: StatusUri[] = [];
  const add = (extension: string, name: GeneralName): void => {
    if (name.kind === 'uniformResourceIdentifier') uris.push({ extension, text: name.text });
  };
  for (const extension of ['cRLDistributionPoints', 'freshestCRL'] as const) {
    for (const { distributionPoint } of values[extension] ?? []) {
      if (distributionPoint?.kind === 'fullName') for (const name of distributionPoint.names) add(extension, name);
    }
  }
  for (const extension of ['authorityInfoAccess', 'subjectInfoAccess'] as const) {
    for (const { accessLocation } of values[extension] ?? []) add(extension, accessLocation);
  }
  const issuing = values.issuingDistributionPoint?.distributionPoint;
  if (issuing?.kind === 'fullName') for (const name of issuing.names) add('issuingDistributionPoint', name);
  return uris;
}
