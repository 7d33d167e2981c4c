/** The settings of an endpoint that its protocol alone reads, judged when they are written. */
import { CaError, messageUsages } from '@touchmark/ca';
import type { Catalog, EnrollmentEndpoint, Issuer } from '@touchmark/ca';
import { readInput, sentenceOf } from '@touchmark/ca/input-words';
import { ScepSettings } from '@touchmark/scep';
import { keyUsageOf } from '@touchmark/x509';
import type { Certificate } from '@touchmark/x509';

type Settings = EnrollmentEndpoint['protocolSettings'];

/** @param issuer of the endpoint. @throws CaError `invalidArgument` */
export function checkProtocolSettings(
  protocol: EnrollmentEndpoint['protocol'],
  settings: Settings,
  issuer: Issuer,
  catalog: Pick<Catalog, 'findIssuerByName'>,
): Settings {
  switch (protocol) {
    case 'est': {
      const [unknown] = Object.keys(settings);
      if (unknown === undefined) return {};
      throw new CaError(
        'invalidArgument',
        `An EST endpoint has no settings, and none "${unknown}": leave them out. Endpoints of SCEP have some.`,
      );
    }
    case 'scep': {
      const judged = readInput(ScepSettings, settings);
      // As they were written: what a preset says may change with the program.
      if (judged.kind === 'good') {
        checkAuthorities(judged.data, issuer, catalog);
        return settings;
      }
      const faults = judged.faults.map((fault) => sentenceOf(fault, 'they'));
      throw new CaError(
        'invalidArgument',
        `The settings of the SCEP endpoint are wrong: ${faults.join('; ')}. See docs/scep.md.`,
      );
    }
  }
}

function checkAuthorities(
  { recipient, nextAuthority }: ScepSettings,
  { authority, signatureAlgorithm, certificate }: Issuer,
  catalog: Pick<Catalog, 'findIssuerByName'>,
): void {
  if (recipient === 'ca' && signatureAlgorithm.keyKind !== 'rsa') {
    throw new CaError(
      'invalidArgument',
      `The authority "${authority.name}" has no RSA key to read messages with: leave recipient at "ra", or choose an authority with an RSA key.`,
    );
  }
  if (recipient === 'ca' && !mayReadMessages(certificate)) {
    throw new CaError(
      'invalidArgument',
      `The certificate of the authority "${authority.name}" does not say that its key reads and signs messages (RFC 8894 §2.1.2): leave recipient at "ra", or choose an authority that was made with the key usages ${messageUsages.join(' and ')}.`,
    );
  }
  if (nextAuthority !== undefined && catalog.findIssuerByName(nextAuthority)?.authority.kind !== 'issuing') {
    throw new CaError('invalidArgument', `There is no issuing authority "${nextAuthority}" to take over.`);
  }
}

function mayReadMessages(certificate: Certificate): boolean {
  const usages = keyUsageOf(certificate);
  return messageUsages.every((usage) => usages.includes(usage));
}
