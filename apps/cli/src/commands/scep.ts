/** `touchmark scep …`: the device's side of SCEP; needs no service login. */
import { ScepClient, ScepEndpoint } from '@touchmark/client';
import type { ScepCaCertificates } from '@touchmark/client';
import { encodePem } from '@touchmark/asn1';
import type { Command } from 'commander';
import { outputOption } from '../command.ts';
import { CliFailure } from '../failure.ts';
import { writeWhole } from '../files.ts';
import { describeCertificate } from '../inspect/certificate.ts';
import { say, suggestNext, userPath, writeData } from '../io.ts';
import type { Io } from '../io.ts';
import { writeTable } from '../output/table.ts';
import { minute } from '../output/words.ts';
import { endpointOf, endpointOptions, trustOf, trustOptions, withScep } from '../scep-server.ts';
import type { EndpointOptions, TrustOptions } from '../scep-server.ts';
import { addScepRequestCommands } from './scep-request.ts';

interface CaCertOptions extends EndpointOptions, TrustOptions {
  readonly out?: string;
  readonly overwrite?: boolean;
  readonly output: 'table' | 'json' | 'pem';
}

interface PresentedCertificate {
  /** Undefined as long as nothing is verified. */
  readonly role: 'ra' | 'raSigning' | 'raEncryption' | 'ca' | 'issuer' | undefined;
  readonly certificateDer: Uint8Array;
}

export function addScepCommands(program: Command, io: Io): void {
  const scep = program
    .command('scep')
    .description('enroll over SCEP (RFC 8894) as a device does; needs no service login');

  endpointOptions(scep.command('caps').description('what a SCEP server can do'))
    .addOption(outputOption(['table', 'json']))
    .action(async (url: string, options: EndpointOptions & { output: 'table' | 'json' }) => {
      const caps = [...(await withScep(async () => new ScepEndpoint(endpointOf(url, options)).getCaCaps()))];
      if (options.output === 'json') return writeData(io, JSON.stringify({ capabilities: caps }, undefined, 2));
      if (caps.length > 0) writeData(io, caps.join('\n'));
      else say(io, 'The server names no capability.');
    });

  trustOptions(
    endpointOptions(
      scep
        .command('cacert')
        .description('the certificates of a SCEP server; believed only with --fingerprint or --roots'),
    ),
  )
    .option('--out <file>', 'file for the CA certificates, PEM')
    .option('--overwrite', 'replace the file if it is there')
    .addOption(outputOption(['table', 'json', 'pem']))
    .action((url: string, options: CaCertOptions) => showCaCertificates(io, url, options));

  addScepRequestCommands(scep, io);
}

async function showCaCertificates(io: Io, url: string, options: CaCertOptions): Promise<void> {
  const trust = await trustOf(io, options);
  if (trust === undefined && options.out !== undefined) {
    throw new CliFailure('usage', 'What is in a file will be believed, and nothing is verified yet.', {
      hint: 'With --out give --fingerprint SHA256 or --roots FILE.',
    });
  }
  const endpoint = endpointOf(url, options);
  const certificates = await withScep(async () =>
    trust === undefined
      ? (await new ScepEndpoint(endpoint).getCaCert()).map(({ der }) => ({ role: undefined, certificateDer: der }))
      : rolesOf(await new ScepClient({ ...endpoint, ...trust }).getCaCertificates()),
  );
  if (options.out !== undefined) {
    const path = userPath(io, options.out);
    const cas = certificates.filter(({ role }) => role === 'ca' || role === 'issuer');
    writeWhole(path, pemOf(cas), { mode: 0o644, overwrite: options.overwrite ?? false });
    say(io, `CA certificates   ${path}`);
  }
  write(io, certificates, trust !== undefined, options.output);
  if (trust !== undefined) return;
  say(io, 'Not verified: compare a fingerprint with the operator of the CA.');
  suggestNext(io, `touchmark scep cacert ${url} --fingerprint SHA256 --out ca.pem`);
}

function rolesOf({ ra, caDer, chainDer }: ScepCaCertificates): PresentedCertificate[] {
  const { signingDer, encryptionDer } = ra ?? {};
  const registration =
    signingDer === encryptionDer
      ? withRole('ra', signingDer)
      : [...withRole('raSigning', signingDer), ...withRole('raEncryption', encryptionDer)];
  return [...registration, ...withRole('ca', caDer), ...chainDer.flatMap((issuerDer) => withRole('issuer', issuerDer))];
}

function withRole(role: PresentedCertificate['role'], certificateDer: Uint8Array | undefined): PresentedCertificate[] {
  return certificateDer === undefined ? [] : [{ role, certificateDer }];
}

function write(
  io: Io,
  certificates: readonly PresentedCertificate[],
  verified: boolean,
  output: CaCertOptions['output'],
): void {
  if (output === 'pem') return writeData(io, pemOf(certificates));
  const described = certificates.map(({ role, certificateDer }) => {
    const { subject, issuer, notAfter, fingerprintSha256 } = describeCertificate(certificateDer);
    return { role: role ?? null, subject, issuer, notAfter, fingerprintSha256 };
  });
  if (output === 'json') return writeData(io, JSON.stringify({ verified, certificates: described }, undefined, 2));
  writeTable(
    io,
    ['ROLE', 'SUBJECT', 'EXPIRES', 'SHA-256'],
    described.map(({ role, subject, notAfter, fingerprintSha256 }) =>
      [role ?? '-', subject, minute(notAfter), fingerprintSha256].map((text) => ({ text })),
    ),
  );
}

function pemOf(certificates: readonly PresentedCertificate[]): string {
  return certificates.map(({ certificateDer }) => encodePem('CERTIFICATE', certificateDer)).join('');
}
