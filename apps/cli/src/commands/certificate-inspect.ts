/** `touchmark cert inspect`: a local look at a certificate, without the service. */
import { encodePem } from '@touchmark/asn1';
import type { Command } from 'commander';
import { outputOption } from '../command.ts';
import { CliFailure } from '../failure.ts';
import { certificateFacts, describeCertificate } from '../inspect/certificate.ts';
import { say, writeData } from '../io.ts';
import type { Io } from '../io.ts';
import { writeFacts } from '../output/table.ts';
import { loadDer } from '../source.ts';

export function addInspectCommand(cert: Command, io: Io): void {
  cert
    .command('inspect')
    .description('look at a certificate in a file, behind a URL or of a TLS server; needs no service')
    .argument('<source>', 'FILE, URL, https://HOST:PORT, or - for standard input')
    .addOption(outputOption(['table', 'json', 'pem']))
    .action(async (source: string, options: { output: 'table' | 'json' | 'pem' }) => {
      const certificatesDer = await loadDer(io, source, 'CERTIFICATE');
      if (options.output === 'pem')
        return writeData(io, certificatesDer.map((der) => encodePem('CERTIFICATE', der)).join(''));
      const [first, ...chain] = certificatesDer.map(describeCertificate);
      if (first === undefined) throw new CliFailure('failed', `${source} holds no certificate.`);
      if (options.output === 'json') return writeData(io, JSON.stringify({ ...first, chain }, undefined, 2));
      for (const [index, description] of [first, ...chain].entries()) {
        if (index > 0) writeData(io, '');
        writeFacts(io, certificateFacts(description));
      }
      if (chain.length > 0) say(io, `${chain.length + 1} certificates; not verified.`);
    });
}
