/** GeneralName (RFC 5280 §4.2.1.6) in words. */
import { toHex } from '@touchmark/asn1';
import { formatName } from '@touchmark/x509';
import type { GeneralName } from '@touchmark/x509';

export function formatGeneralName(name: GeneralName): { kind: string; value: string } {
  switch (name.kind) {
    case 'dns':
    case 'uri':
    case 'email':
    case 'ip':
      return { kind: name.kind, value: name.value };
    case 'directoryName':
      return { kind: name.kind, value: formatName(name.name) };
    case 'registeredId':
      return { kind: name.kind, value: name.oid };
    case 'other':
      return { kind: name.kind, value: toHex(name.der) };
  }
}
