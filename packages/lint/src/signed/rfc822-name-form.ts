/** RFC 5280 §4.2.1.6 with RFC 9598: an rfc822Name is Local-part "@" Domain of RFC 2821, and nothing around it. */
import { isIP } from 'node:net';
import type { Lint } from '../lint.ts';
import { hostNameProblem } from '../structure/host-name.ts';
import type { Signed } from '../structure/signed.ts';

/** RFC 5321 §4.1.2: Dot-string or Quoted-string of 64 characters at most. */
const localPart = /^(?:[\w!#$%&'*+/=?^`{|}~-]+(?:\.[\w!#$%&'*+/=?^`{|}~-]+)*|"(?:[ !#-[\]-~]|\\[ -~])*")$/;

export const rfc822NameForm: Lint<Signed> = {
  name: 'rfc822-name-form',
  citation: 'RFC 5280 §4.2.1.6, RFC 5321 §4.1.2',
  requirement: 'An rfc822Name is a Mailbox: Local-part@Domain without phrase, comment or angle brackets',
  check({ alternativeNames }) {
    for (const name of alternativeNames) {
      if (name.kind === 'rfc822Name' && !isMailbox(name.text)) return `the rfc822Name "${name.text}" is no Mailbox`;
    }
    return undefined;
  },
};

function isMailbox(text: string): boolean {
  const at = text.lastIndexOf('@');
  const local = text.slice(0, Math.max(at, 0));
  const domain = text.slice(at + 1);
  if (at < 1 || local.length > 64 || !localPart.test(local)) return false;
  const literal = /^\[(?:IPv6:)?(.+)\]$/.exec(domain)?.[1];
  return literal === undefined ? hostNameProblem(domain) === undefined : isIP(literal) !== 0;
}
