/** RFC 9598 §3: SmtpUTF8Mailbox is for local parts beyond ASCII, without byte order mark, its domain in LDH labels. */
import { tag } from '@touchmark/asn1';
import type { Lint } from '../lint.ts';
import { smtpUtf8Mailbox } from '../structure/identifiers.ts';
import { isAscii, utf8Text } from '../structure/text.ts';
import { hostNameProblem } from '../structure/host-name.ts';
import type { Signed } from '../structure/signed.ts';

export const smtpUtf8MailboxForm: Lint<Signed> = {
  name: 'smtp-utf8-mailbox-form',
  citation: 'RFC 9598 §3',
  requirement:
    'SmtpUTF8Mailbox is a UTF8String without byte order mark, with a local part beyond ASCII and a domain of LDH labels',
  check({ alternativeNames }) {
    for (const name of alternativeNames) {
      if (name.kind !== 'otherName' || name.typeId !== smtpUtf8Mailbox) continue;
      const problem = name.valueTag === tag.utf8String ? mailboxProblem(name.content) : 'is no UTF8String';
      if (problem !== undefined) return `a SmtpUTF8Mailbox ${problem}`;
    }
    return undefined;
  },
};

function mailboxProblem(content: Uint8Array): string | undefined {
  const text = utf8Text(content);
  if (text === undefined) return 'is no UTF-8';
  if (text.startsWith('\ufeff')) return 'starts with a byte order mark';
  const at = text.lastIndexOf('@');
  if (at < 1) return 'has no local part and domain';
  if (isAscii(new TextEncoder().encode(text.slice(0, at))))
    return 'has a local part in ASCII, which belongs in an rfc822Name';
  const problem = hostNameProblem(text.slice(at + 1));
  return problem && `has a domain that ${problem}`;
}
