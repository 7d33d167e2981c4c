/** The names that a request asks for, as an attempt shows them: short, and fit for a terminal. */
import { Asn1Error, prescan } from '@touchmark/asn1';
import { findRequestedSubject, formatName, parseCertificationRequest } from '@touchmark/x509';
import type { GeneralName, Name } from '@touchmark/x509';

export interface AskedNames {
  /** As RFC 4514 writes it, at most 200 characters. */
  readonly subject: string;
  /** The first few, each with its kind: `dns:pump-17.example.com`. */
  readonly subjectAltNames: readonly string[];
  /** Of all that are asked for. */
  readonly subjectAltNameCount: number;
}

const longestSubject = 200;
const longestAltName = 80;
const shownAltNames = 4;

/**
 * Nothing of it is proven, and nothing is decided by it: it tells an operator which box it was. Where the request cannot be
 * read as a whole, its subject alone; undefined where there is none. A challengePassword is no name and never in it.
 */
export function askedNames(requestDer: Uint8Array): AskedNames | undefined {
  const read = parsed(requestDer);
  if (read !== undefined) return shown(read.subject, read.requestedSubjectAltNames);
  const subject = findRequestedSubject(requestDer);
  return subject && shown(subject, []);
}

function parsed(requestDer: Uint8Array): ReturnType<typeof parseCertificationRequest> | undefined {
  try {
    prescan(requestDer);
    return parseCertificationRequest(requestDer);
  } catch (error) {
    if (error instanceof Asn1Error) return undefined;
    throw error;
  }
}

function shown(subject: Name, subjectAltNames: readonly GeneralName[]): AskedNames {
  return {
    subject: shortened(formatName(subject), longestSubject),
    subjectAltNames: subjectAltNames.slice(0, shownAltNames).map((name) => shortened(textOf(name), longestAltName)),
    subjectAltNameCount: subjectAltNames.length,
  };
}

function textOf(name: GeneralName): string {
  switch (name.kind) {
    case 'dns':
    case 'ip':
    case 'uri':
    case 'email':
      return `${name.kind}:${withoutControls(name.value)}`;
    case 'directoryName':
      return `${name.kind}:${formatName(name.name)}`;
    case 'registeredId':
      return `${name.kind}:${name.oid}`;
    case 'other':
      return name.kind;
  }
}

/** As `formatName` does it: what moves the cursor of a terminal is written as its octet. */
function withoutControls(text: string): string {
  return text.replaceAll(/[^\x20-\x7e]/g, (character) => {
    return `\\${(character.codePointAt(0) ?? 0).toString(16).padStart(2, '0')}`;
  });
}

/** Well-formed: a character of two units is not cut in half, and half of one that was asked for is replaced. */
function shortened(text: string, longest: number): string {
  const cut = text.length <= longest ? text : `${text.slice(0, longest - 1).replace(/[\ud800-\udbff]$/, '')}…`;
  return cut.toWellFormed();
}
