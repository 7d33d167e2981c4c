/** What `/trust` shows: the root certificates with their fingerprints, in a text that is also a PEM file. */
import { encodePem, toHex } from '@touchmark/asn1';
import type { Issuer } from '@touchmark/ca';
import { sha256 } from '@touchmark/crypto';
import { formatName } from '@touchmark/x509';

/** RFC 7468 §2 lets text stand before each PEM block, so the download is usable as it is: `curl -o root.pem …/trust`. */
export function trustPage(roots: readonly Issuer[]): string {
  const blocks = roots.map(({ authority, certificate }) =>
    [
      `Authority:   ${authority.name}`,
      `Subject:     ${formatName(certificate.subject)}`,
      `Valid until: ${certificate.notAfter.toISOString()}`,
      `SHA-256:     ${colons(toHex(sha256(authority.certificateDer)))}`,
      '',
      encodePem('CERTIFICATE', authority.certificateDer),
    ].join('\n'),
  );
  return `${introduction}\n${blocks.join('\n')}`;
}

const introduction = [
  'The roots of this certificate authority. Before trusting one, compare its fingerprint with the one',
  'that the operator gave you by another way: this page came over plain HTTP.',
  '',
].join('\n');

function colons(hex: string): string {
  return hex.toUpperCase().replaceAll(/(..)(?=.)/g, '$1:');
}
