/** Building and signing large CRLs, beside concatenating and signing alone. The entries are in memory, as encoded at revocation. */
import type { BuiltCrl } from './programs/crl-builder.ts';
import { alternate } from './support/alternate.ts';
import { ForkedProgram } from './support/forked-program.ts';
import { byWall, median, ratio } from './support/report.ts';
import type { Report, Section } from './support/report.ts';

const rounds = 5;
const builder = new URL('./programs/crl-builder.ts', import.meta.url);
const ways = ['floor', 'publisher'] as const;

export async function crl(): Promise<Report> {
  return { benchmark: 'crl', sections: [await ofEntries(100_000), await ofEntries(1_000_000)] };
}

async function ofEntries(entries: number): Promise<Section> {
  const builders = await Promise.all(
    ways.map(async (how) => {
      const program = new ForkedProgram(builder);
      await program.ask({ kind: 'load', entries, how });
      return { how, program, built: [] as BuiltCrl[] };
    }),
  );
  try {
    const [floor, full] = await alternate(
      builders.map(({ how, program, built }) => ({
        name: how === 'floor' ? 'concatenate and sign' : how,
        measure: async () => {
          const crl = await program.ask<BuiltCrl>({ kind: 'build' });
          built.push(crl);
          return { count: 1, wallSeconds: crl.wallSeconds, serverCpuSeconds: crl.cpuSeconds };
        },
      })),
      rounds,
    );
    const [, publisher] = builders;
    // The first alone: what later ones find free is the collector's doing.
    const first = publisher!.built[0]!;
    return {
      title: `A CRL of ${entries} entries`,
      series: [floor!, full!],
      findings: [
        { name: 'publisher time / concatenate and sign', value: 1 / ratio(full!, floor!, byWall), atMost: 2 },
        { name: 'peak memory of the first / size of the CRL', value: first.peakExtraBytes / first.crlBytes, atMost: 2 },
      ],
      remarks: builders.map(
        ({ how, built }) =>
          `${how}: ${(median(built.slice(1).map(({ wallSeconds }) => wallSeconds)) * 1000).toPrecision(3)} ms, ` +
          `${(built[0]!.crlBytes / 1e6).toPrecision(3)} MB, first one +${(built[0]!.peakExtraBytes / 1e6).toPrecision(3)} MB`,
      ),
    };
  } finally {
    for (const { program } of builders) await program.end();
  }
}
