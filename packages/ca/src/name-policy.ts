/** What a name may be before it can stand in a certificate; every refusal names the value and the rule. */
import { isIP } from 'node:net';
import { domainToUnicode } from 'node:url';
import type { GeneralName } from '@touchmark/x509';
import { CaError } from './errors.ts';
import type { ProfileRules } from './profile.ts';

/** RFC 5280 Appendix A: ub-common-name. */
const maxTextLength = 64;
const maxSubjectAltNames = 64;
const maxNameOctets = 255;

// Control characters, and those that make a name read otherwise than it is: bidirectional and zero-width.
const deceptiveCharacters =
  /[\u0000-\u001f\u007f-\u009f\u00ad\u061c\u180e\u200b-\u200f\u2028-\u202e\u2060-\u206f\ufeff\ufff9-\ufffb]/u;

function refuse(kind: string, value: string, why: string): never {
  const shown = JSON.stringify(value.slice(0, 80)).replaceAll(/[^\x20-\x7e]/gu, '?');
  throw new CaError('nameInvalid', `The ${kind} ${shown} cannot be certified: ${why}.`);
}

/** Whether text has no blanks at its ends and no characters that make it read otherwise than it is. */
export function isReadable(value: string): boolean {
  return value.trim() === value && !deceptiveCharacters.test(value);
}

/** Text that reads as what it is. */
export function checkReadable(kind: string, value: string): void {
  if (value.length === 0) refuse(kind, value, 'it is empty');
  if (value.trim() !== value) refuse(kind, value, 'it begins or ends with a blank');
  if (deceptiveCharacters.test(value)) refuse(kind, value, 'it has control, bidirectional or zero-width characters');
}

/** A value of a subject attribute. */
export function checkText(kind: string, value: string): void {
  checkReadable(kind, value);
  if (Array.from(value).length > maxTextLength) refuse(kind, value, `it is longer than ${maxTextLength} characters`);
}

/** A device id is a name in URLs, file names and certificates: letters, digits and . _ : @ + - inside, at most 64. */
export function checkDeviceId(id: string): void {
  if (!/^[A-Za-z0-9](?:[A-Za-z0-9._:@+-]{0,62}[A-Za-z0-9])?$/.test(id)) {
    const shown = JSON.stringify(id.slice(0, 80)).replaceAll(/[^\x20-\x7e]/gu, '?');
    throw new CaError(
      'deviceNameInvalid',
      `${shown} cannot be the id of a device: use 1 to 64 letters, digits and . _ : @ + - with a letter or digit at both ends.`,
    );
  }
}

type SubjectAltNameRules = ProfileRules['subjectAltName'];

export function checkDnsName(value: string, rules: SubjectAltNameRules): void {
  if (deceptiveCharacters.test(value) || /[^\x21-\x7e]/.test(value)) {
    refuse(
      'DNS name',
      value,
      'it has characters outside printable ASCII; write international names as A-labels (xn--…)',
    );
  }
  if (isIP(value) !== 0) refuse('DNS name', value, 'it is an IP address; ask for an ip name');
  if (value.length > 253) refuse('DNS name', value, 'it is longer than 253 octets');
  const labels = value.split('.');
  if (labels[0] === '*') {
    if (!rules.allowWildcard) refuse('DNS name', value, 'the profile allows no wildcard');
    if (labels.length < 3) refuse('DNS name', value, 'a wildcard needs at least two labels after it');
    labels.shift();
  }
  for (const label of labels) {
    if (!/^[A-Za-z0-9_](?:[A-Za-z0-9_-]{0,61}[A-Za-z0-9_])?$/.test(label)) {
      refuse('DNS name', value, `its label ${JSON.stringify(label)} is not 1 to 63 letters, digits and inner hyphens`);
    }
    if (/^xn--/i.test(label) && domainToUnicode(label.toLowerCase()) === label.toLowerCase()) {
      refuse('DNS name', value, `its label ${JSON.stringify(label)} is not a valid A-label (RFC 5890)`);
    }
  }
  // Browsers read such a name as an IPv4 address, 0x7f000001 as 127.0.0.1.
  if (/^(?:\d+|0x[0-9a-f]*)$/i.test(labels.at(-1) ?? '')) refuse('DNS name', value, 'its last label is a number');
  const last = labels.at(-1)?.toLowerCase();
  if (last === 'localhost' && !rules.allowLocalhost) refuse('DNS name', value, 'the profile does not allow localhost');
}

function checkUri(value: string): void {
  if (/[^\x21-\x7e]/.test(value)) refuse('URI', value, 'it has characters outside printable ASCII');
  if (!/^[A-Za-z][A-Za-z0-9+.-]*:./.test(value) || !URL.canParse(value)) {
    refuse('URI', value, 'it is not an absolute URI with a scheme (RFC 5280 §4.2.1.6)');
  }
}

function checkEmail(value: string, rules: SubjectAltNameRules): void {
  const [local, domain, ...rest] = value.split('@');
  if (!local || !domain || rest.length > 0 || !/^[A-Za-z0-9!#$%&'*+/=?^_`{|}~.-]{1,64}$/.test(local)) {
    refuse('e-mail address', value, 'it is not local-part@domain in ASCII (RFC 5280 §4.2.1.6)');
  }
  checkDnsName(domain, rules);
}

export function checkSubjectAltNames(names: readonly GeneralName[], rules: SubjectAltNameRules): void {
  if (names.length > maxSubjectAltNames) {
    throw new CaError('nameInvalid', `A certificate takes at most ${maxSubjectAltNames} subject alternative names.`);
  }
  for (const name of names) {
    switch (name.kind) {
      case 'dns':
        checkDnsName(name.value, rules);
        break;
      case 'ip':
        if (isIP(name.value) === 0) refuse('IP address', name.value, 'it is neither IPv4 nor IPv6');
        break;
      case 'uri':
        checkUri(name.value);
        break;
      case 'email':
        checkEmail(name.value, rules);
        break;
      case 'directoryName':
      case 'registeredId':
      case 'other':
        throw new CaError('nameNotAllowed', `No profile lets a ${name.kind} subject alternative name through.`);
    }
    if ('value' in name && name.value.length > maxNameOctets)
      refuse(name.kind, name.value, `it is longer than ${maxNameOctets} octets`);
  }
}
