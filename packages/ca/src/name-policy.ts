/** What a name may be before it can stand in a certificate; every refusal names the value and the rule. */
import type { GeneralName } from '@touchmark/x509';
import { checkDnsName } from './dns-name-policy.ts';
import { checkIpAddress } from './ip-address-policy.ts';
import type { ProfileRules } from './profile.ts';
import { refused } from './refused.ts';
import { refusedName, show } from './refused-name.ts';
import { checkUri } from './uri-policy.ts';

/** RFC 5280 Appendix A: ub-common-name. */
const maxTextLength = 64;
const maxDeviceIdLength = 64;
const maxSubjectAltNames = 64;
const maxNameOctets = 255;

const controlCharacters = /[\u0000-\u001f\u007f-\u009f\u2028\u2029]/u;
const bidiCharacters = /[\u061c\u200e\u200f\u202a-\u202e\u2066-\u2069]/u;
const invisibleCharacters = /[\u00ad\u180e\u200b-\u200d\u2060-\u2065\u206a-\u206f\ufeff\ufff9-\ufffb]/u;
const deceptive = [controlCharacters, bidiCharacters, invisibleCharacters];

/** Text that reads as what it is. */
export function checkReadable(kind: string, value: string): void {
  if (value.length === 0) throw refusedName('nameEmpty', kind, value, 'it is empty');
  if (value.includes('\0')) throw refusedName('nameHasNul', kind, value, 'there is a NUL in it');
  if (controlCharacters.test(value)) {
    throw refusedName('nameHasControlCharacter', kind, value, 'there are control characters in it');
  }
  if (bidiCharacters.test(value)) {
    throw refusedName('nameHasBidiCharacter', kind, value, 'there are characters in it that turn the text around');
  }
  if (invisibleCharacters.test(value)) {
    throw refusedName('nameHasInvisibleCharacter', kind, value, 'there are characters in it that nobody sees');
  }
  if (value.trim() !== value) throw refusedName('nameBlankAtEdge', kind, value, 'it begins or ends with a blank');
}

/** Whether text has no blanks at its ends and no characters that make it read otherwise than it is. */
export function isReadable(value: string): boolean {
  return value.trim() === value && !deceptive.some((characters) => characters.test(value));
}

/** A value of a subject attribute. */
export function checkText(kind: string, value: string): void {
  checkReadable(kind, value);
  const { length } = Array.from(value);
  if (length > maxTextLength) throw refusedName('nameTooLong', kind, value, `it has ${length} characters`);
}

/** A device id is a name in URLs, file names and certificates: letters, digits and . _ : @ + - inside, at most 64. */
export function checkDeviceId(id: string): void {
  if (id.length > maxDeviceIdLength) {
    throw refused('deviceNameTooLong', `The device name ${show(id)} has ${id.length} characters`);
  }
  if (!/^[A-Za-z0-9](?:[A-Za-z0-9._:@+-]*[A-Za-z0-9])?$/.test(id)) {
    throw refused('deviceNameInvalid', `${show(id)} cannot be the id of a device`);
  }
}

type SubjectAltNameRules = Pick<ProfileRules['subjectAltName'], 'allowWildcard' | 'allowLocalhost'>;

/** An rfc822Name: Mailbox in ASCII (RFC 5280 §4.2.1.6). */
function checkEmail(value: string, rules: SubjectAltNameRules): void {
  const kind = 'e-mail address';
  if (/[^\x21-\x7e]/.test(value)) {
    throw refusedName('emailNotAscii', kind, value, 'it has characters outside printable ASCII');
  }
  const [local = '', domain, ...rest] = value.split('@');
  if (domain === undefined || rest.length > 0) {
    throw refusedName('emailMalformed', kind, value, 'it is not local-part@domain');
  }
  if (!/^[A-Za-z0-9!#$%&'*+/=?^_`{|}~-]+(?:\.[A-Za-z0-9!#$%&'*+/=?^_`{|}~-]+)*$/.test(local) || local.length > 64) {
    throw refusedName('emailLocalPartInvalid', kind, value, 'its local part is not 1 to 64 characters of a dot-atom');
  }
  checkDnsName(domain, { ...rules, allowWildcard: false });
}

export function checkSubjectAltNames(names: readonly GeneralName[], rules: SubjectAltNameRules): void {
  if (names.length > maxSubjectAltNames) {
    throw refused('subjectAltNamesTooMany', `${names.length} subject alternative names would be certified`);
  }
  for (const name of names) {
    if ('value' in name && name.value.length > maxNameOctets && name.kind !== 'dns') {
      throw refusedName('subjectAltNameTooLong', `${name.kind} name`, name.value, `it has ${name.value.length} octets`);
    }
    if ('value' in name) checkReadable(`${name.kind} name`, name.value);
    switch (name.kind) {
      case 'dns':
        checkDnsName(name.value, rules);
        break;
      case 'ip':
        checkIpAddress(name.value, rules);
        break;
      case 'uri':
        checkUri(name.value, rules);
        break;
      case 'email':
        checkEmail(name.value, rules);
        break;
      case 'directoryName':
      case 'registeredId':
      case 'other':
        throw refused(
          'subjectAltNameKindNotAllowed',
          `No profile lets a ${name.kind} subject alternative name through`,
        );
    }
  }
}
