/** What a benchmark has to say: figures, ratios with their goals, and a table of both. */
import { mkdirSync, writeFileSync } from 'node:fs';
import { cpus } from 'node:os';
import { join } from 'node:path';

/** One round of one contender. CPU is that of the process under test alone. */
export interface Sample {
  readonly count: number;
  readonly wallSeconds: number;
  readonly serverCpuSeconds: number;
  /** Of all PostgreSQL processes; undefined without a registry, or where /proc is not there. */
  readonly databaseCpuSeconds?: number | undefined;
  readonly latency?: { readonly p50: number; readonly p99: number };
}

/** All rounds of one contender. */
export interface Series {
  readonly name: string;
  readonly samples: readonly Sample[];
}

/** Medians over the rounds. */
export interface Figures {
  readonly perSecond: number;
  readonly perServerCpuSecond: number;
  readonly databaseCpuMicroseconds: number | undefined;
  readonly p50Milliseconds: number | undefined;
  readonly p99Milliseconds: number | undefined;
  /** Slowest and fastest round over the median, of `perServerCpuSecond`. */
  readonly spread: readonly [number, number];
}

/** A ratio or a size that PERFORMANCE goals speak of; without a limit it is for information. */
export interface Finding {
  readonly name: string;
  readonly value: number;
  readonly atLeast?: number;
  readonly atMost?: number;
}

export interface Section {
  readonly title: string;
  readonly series: readonly Series[];
  readonly findings: readonly Finding[];
  readonly remarks?: readonly string[];
}

export interface Report {
  readonly benchmark: string;
  readonly sections: readonly Section[];
}

export function median(values: readonly number[]): number {
  const sorted = values.toSorted((a, b) => a - b);
  const middle = Math.floor(sorted.length / 2);
  return sorted.length % 2 === 1 ? sorted[middle]! : (sorted[middle - 1]! + sorted[middle]!) / 2;
}

export function figuresOf({ samples }: Series): Figures {
  const of = (value: (sample: Sample) => number | undefined): number | undefined => {
    const values = samples.map(value).filter((each) => each !== undefined);
    return values.length === 0 ? undefined : median(values);
  };
  const perCpu = samples.map((sample) => sample.count / sample.serverCpuSeconds);
  const perServerCpuSecond = median(perCpu);
  return {
    perSecond: median(samples.map((sample) => sample.count / sample.wallSeconds)),
    perServerCpuSecond,
    databaseCpuMicroseconds: of(({ databaseCpuSeconds, count }) =>
      databaseCpuSeconds === undefined ? undefined : (databaseCpuSeconds / count) * 1e6,
    ),
    p50Milliseconds: of(({ latency }) => latency?.p50),
    p99Milliseconds: of(({ latency }) => latency?.p99),
    spread: [Math.min(...perCpu) / perServerCpuSecond, Math.max(...perCpu) / perServerCpuSecond],
  };
}

/** The median of the ratios of the rounds, each to the round of the floor beside it. */
export function ratio(
  contender: Series,
  floor: Series,
  rate: (sample: Sample) => number = ({ count, serverCpuSeconds }) => count / serverCpuSeconds,
): number {
  return median(contender.samples.map((sample, round) => rate(sample) / rate(floor.samples[round]!)));
}

export function byWall({ count, wallSeconds }: Sample): number {
  return count / wallSeconds;
}

export function isMet({ value, atLeast = -Infinity, atMost = Infinity }: Finding): boolean {
  return value >= atLeast && value <= atMost;
}

const columns = ['', '/s', '/server CPU s', 'spread', 'database CPU', 'p50', 'p99'] as const;

export function formatReport(report: Report): string {
  const lines: string[] = [`${report.benchmark}: ${machine()}`, ''];
  for (const { title, series, findings, remarks = [] } of report.sections) {
    const rows = series.length === 0 ? [] : [columns, ...series.map(rowOf)];
    const widths = columns.map((_, column) => Math.max(...rows.map((row) => row[column]!.length)));
    lines.push(title);
    for (const row of rows) {
      const cells = row.map((cell, column) =>
        column === 0 ? cell.padEnd(widths[0]!) : cell.padStart(widths[column]!),
      );
      lines.push(`  ${cells.join('  ').trimEnd()}`);
    }
    for (const finding of findings) lines.push(`  ${verdictOf(finding)}`);
    for (const remark of remarks) lines.push(`  ${remark}`);
    lines.push('');
  }
  return lines.join('\n');
}

function rowOf(series: Series): string[] {
  const figures = figuresOf(series);
  const optional = (value: number | undefined, unit: string): string =>
    value === undefined ? '–' : `${value.toPrecision(3)} ${unit}`;
  return [
    series.name,
    rateOf(figures.perSecond),
    rateOf(figures.perServerCpuSecond),
    figures.spread.map((value) => value.toFixed(2)).join('–'),
    optional(figures.databaseCpuMicroseconds, 'µs'),
    optional(figures.p50Milliseconds, 'ms'),
    optional(figures.p99Milliseconds, 'ms'),
  ];
}

function rateOf(value: number): string {
  return value < 100 ? value.toPrecision(3) : Math.round(value).toLocaleString('en').replaceAll(',', ' ');
}

function verdictOf(finding: Finding): string {
  const { name, value, atLeast, atMost } = finding;
  const goal = atLeast ?? atMost;
  if (goal === undefined) return `${name}: ${value.toPrecision(3)}`;
  const relation = atLeast === undefined ? '≤' : '≥';
  return `${name}: ${value.toPrecision(3)} (goal ${relation} ${goal}: ${isMet(finding) ? 'met' : 'NOT MET'})`;
}

function machine(): string {
  const processors = cpus();
  return `Node ${process.versions.node}, OpenSSL ${process.versions.openssl}, ${processors.length} × ${processors[0]?.model ?? 'unknown processor'}`;
}

/** Returns the file's name. */
export function writeReport(report: Report, directory: string, at: Date): string {
  mkdirSync(directory, { recursive: true });
  const file = join(directory, `${report.benchmark}-${at.toISOString().replaceAll(':', '')}.json`);
  const sections = report.sections.map((section) => ({
    ...section,
    series: section.series.map((series) => ({ ...series, figures: figuresOf(series) })),
    findings: section.findings.map((finding) => ({ ...finding, met: isMet(finding) })),
  }));
  const document = { benchmark: report.benchmark, at, machine: machine(), sections };
  writeFileSync(file, `${JSON.stringify(document, undefined, 2)}\n`);
  return file;
}
