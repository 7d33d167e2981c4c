/** docs/refusals.md, made from the table of refusals. */
import { statusOfRefusal as statusInRest } from '@touchmark/admin-api';
import { refusalsByNoun } from '@touchmark/ca';
import type { CaErrorCode, Refusal } from '@touchmark/ca';
import { statusOfRefusal as statusInEst } from '@touchmark/est';
import { failInfoOf } from '@touchmark/scep';

const titles: Readonly<Record<keyof typeof refusalsByNoun, string>> = {
  message: 'The message (SCEP)',
  request: 'The request',
  key: 'The key',
  caller: 'Who asks',
  device: 'The device',
  name: 'Names',
  extension: 'Requested extensions',
  profile: 'Rules of the profile',
  authority: 'The authority',
  service: 'The state of the service',
  administration: 'Administration',
};

const notes: Partial<Readonly<Record<keyof typeof refusalsByNoun, string>>> = {
  device: `At an endpoint that takes whoever asks (\`--accepts anyone\`), these are told to those alone who prove a certificate, a secret or a
challenge. Who proves nothing is told to wait, whatever is on record of the device that it names, and the attempt has the
code: otherwise anybody could find out which devices there are, and which of them are suspended. There, so are refusals of names
where the profile takes something from the registration.`,
  name: `What the profile does not let through is dropped with a warning or refused, as its \`namesNotLetThrough\` says; what it
lets through must be in order.`,
  extension: `No extension that a request asks for reaches a certificate by itself: the profile sets them. What cannot be read,
what is there twice, and what is critical and unknown is refused always. What only an authority may have (the codes from
\`extensionAsksForAuthority\` to \`extensionPolicyControl\`) is dropped with a warning on the attempt, or refused, as
\`extensionsOfAuthorities\` of the profile says. Key usages, key purposes and policies that the profile does not give,
identifiers, URLs and extensions that are neither critical nor known are dropped with a warning.`,
};

export function refusalsPage(): string {
  const sections = Object.entries(refusalsByNoun).map(([noun, rows]) => {
    const title = titles[noun as keyof typeof refusalsByNoun];
    const note = notes[noun as keyof typeof refusalsByNoun];
    return [
      `## ${title}`,
      ...(note === undefined ? [] : [note]),
      ...Object.entries<Refusal>(rows).map(([code, row]) => entry(code as CaErrorCode, row)),
    ].join('\n\n');
  });
  return `${[introduction(), ...sections].join('\n\n')}\n`;
}

function introduction(): string {
  const count = Object.values(refusalsByNoun).reduce((sum, rows) => sum + Object.keys(rows).length, 0);
  return `# Refusals

<!-- Made by "pnpm run docs" from packages/ca/src/refusals; do not edit. -->

The ${count} reasons for which the authority refuses. A code is stable: branch on it, never on the text. Over EST and SCEP it is in
the header \`Touchmark-Reason\`, over SCEP also in \`failInfoText\`, over REST it is \`code\` of the problem; \`touchmark explain CODE\` and
\`GET /api/v1/refusals/{code}\` say what is written here. The attempt, whose id comes with every refusal, has the value that
was refused: \`touchmark attempt show ID\`.`;
}

function entry(code: CaErrorCode, { meaning, why, hint, citation }: Refusal): string {
  const facts = [
    `EST ${statusInEst(code)}`,
    `SCEP ${failInfoOf(code)}`,
    `REST ${statusInRest(code)}`,
    ...(citation === undefined ? [] : [citation]),
  ];
  return `### ${code}\n\n${meaning} ${why}\n\n**Mend it:** ${hint} (${facts.join('; ')})`;
}
