/** `pnpm bench [name …]`: runs benchmarks, prints their tables and keeps their figures in bench/results. */
import { join, relative } from 'node:path';
import { crl } from './crl.ts';
import { est } from './est.ts';
import { issue } from './issue.ts';
import { ocsp } from './ocsp.ts';
import { scep } from './scep.ts';
import { scepPadding } from './scep-padding.ts';
import { formatReport, writeReport } from './support/report.ts';
import type { Report } from './support/report.ts';

const benchmarks: Readonly<Record<string, () => Promise<Report>>> = {
  issue,
  est,
  ocsp,
  crl,
  scep,
  'scep-padding': scepPadding,
};

const wanted = process.argv.slice(2);
const unknown = wanted.filter((name) => !Object.hasOwn(benchmarks, name));
if (unknown.length > 0) {
  console.error(`There is no benchmark ${unknown.join(', ')}. There are ${Object.keys(benchmarks).join(', ')}.`);
  process.exit(2);
}
const results = join(import.meta.dirname, 'results');
for (const name of wanted.length > 0 ? wanted : Object.keys(benchmarks)) {
  const report = await benchmarks[name]!();
  console.log(formatReport(report));
  const file = writeReport(report, results, new Date());
  console.log(`figures: ${relative(process.cwd(), file)}\n`);
}
