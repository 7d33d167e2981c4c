/** An endpoint as its protocol serves it: the URL that clients are given, and what is put up with. */
import type { ServedEndpoint } from '@touchmark/admin-api';
import type { EnrollmentEndpoint } from '@touchmark/ca';
import { estPathOf } from '@touchmark/est';
import { findSettingsInForce, scepPathOf } from '@touchmark/scep';

export interface ServiceBases {
  /** Of the listener of EST; undefined on a node that does not serve it. */
  readonly estUrl: string | undefined;
  /** Of the plain listener, as certificates have it. */
  readonly publicUrl: string;
}

export function describeServed(
  { protocol, label, protocolSettings }: Pick<EnrollmentEndpoint, 'protocol' | 'label' | 'protocolSettings'>,
  { estUrl, publicUrl }: ServiceBases,
): ServedEndpoint {
  switch (protocol) {
    case 'est':
      return { url: estUrl === undefined ? undefined : `${estUrl}${estPathOf(label)}`, settings: [] };
    case 'scep':
      return { url: `${publicUrl}${scepPathOf(label)}`, settings: findSettingsInForce(protocolSettings) ?? [] };
  }
}
