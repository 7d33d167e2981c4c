/** What a DNS name may be before it can stand in a certificate (RFC 5280 §4.2.1.6, RFC 1034 §3.5, RFC 5891). */
import { isIP } from 'node:net';
import { findALabelFault } from './a-label.ts';
import { refusedName } from './refused-name.ts';
import type { CaErrorCode } from './refusals/refusals.ts';

export interface DnsNameRules {
  readonly allowWildcard: boolean;
  readonly allowLocalhost: boolean;
}

const kind = 'DNS name';

export function checkDnsName(value: string, rules: DnsNameRules): void {
  const refuse = (code: CaErrorCode, why: string): never => {
    throw refusedName(code, kind, value, why);
  };
  if (/[^\x21-\x7e]/.test(value)) refuse('dnsNameNotAscii', 'it has characters outside printable ASCII');
  if (isIP(value) !== 0) refuse('dnsNameIsIpAddress', 'it is an IP address');
  if (value.length > 253) refuse('dnsNameTooLong', `it has ${value.length} octets`);
  if (value.endsWith('.')) refuse('dnsNameEndsWithDot', 'it ends with a dot');
  const labels = value.split('.');
  if (labels[0] === '*') {
    if (!rules.allowWildcard) refuse('wildcardNotAllowed', 'the profile allows no wildcard');
    if (labels.length < 3) refuse('wildcardTooBroad', 'fewer than two labels follow the wildcard');
    labels.shift();
  }
  for (const label of labels) checkLabel(label, refuse);
  checkTopLabel(labels.at(-1) ?? '', rules, refuse);
}

type Refuse = (code: CaErrorCode, why: string) => never;

function checkLabel(label: string, refuse: Refuse): void {
  const shown = JSON.stringify(label.slice(0, 64));
  if (label === '') refuse('dnsNameLabelEmpty', 'there are two dots in a row, or one at the start');
  if (label.includes('*'))
    refuse('wildcardMisplaced', `its label ${shown} has a wildcard that does not stand alone in front`);
  if (label.length > 63) refuse('dnsNameLabelTooLong', `its label ${shown} has ${label.length} octets`);
  if (label.includes('_')) refuse('dnsNameUnderscore', `its label ${shown} has an underscore`);
  if (/[^A-Za-z0-9-]/.test(label)) refuse('dnsNameCharacterNotAllowed', `its label ${shown} has other characters`);
  if (/^-|-$/.test(label)) refuse('dnsNameHyphenAtEdge', `its label ${shown} begins or ends with a hyphen`);
  if (label.slice(2, 4) !== '--') return;
  if (!/^xn/i.test(label))
    refuse('dnsNameLabelReserved', `its label ${shown} has hyphens at the third and fourth place`);
  switch (findALabelFault(label.toLowerCase())) {
    case 'notPunycode':
      return refuse('dnsNamePunycodeInvalid', `its label ${shown} does not decode`);
    case 'notAllowed':
      return refuse('dnsNameIdnNotAllowed', `its label ${shown} stands for characters that no domain name has`);
    case undefined:
  }
}

function checkTopLabel(label: string, rules: DnsNameRules, refuse: Refuse): void {
  if (/^(?:\d+|0x[0-9a-f]*)$/i.test(label)) refuse('dnsNameNumeric', 'its last label is a number');
  if (label.toLowerCase() === 'localhost' && !rules.allowLocalhost) {
    refuse('localhostNotAllowed', 'the profile does not allow localhost');
  }
}
