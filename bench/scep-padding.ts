/** Whether the time of a refusal tells why a SCEP message could not be decrypted or read. */
import { loadavg } from 'node:os';
import { setImmediate } from 'node:timers/promises';
import { buildCertificationRequest, testKeyPair } from '@touchmark/testkit';
import { differenceOf } from './support/difference.ts';
import { createMemoryScep, scepPost } from './support/memory-scep.ts';
import { baseline, paddingKinds, paddingMessage } from './support/padding-kinds.ts';
import type { Finding, Report } from './support/report.ts';
import { selfSigned } from './support/scep-message.ts';

/** So many that none comes as often as that it would not be decrypted any more. */
const messagesPerKind = 500;
/** Of each kind; the baseline comes four times as often. */
const perKind = 1000;
const warmUp = 2000;
/** Of Welch's t: see `Difference`. */
const shown = 4.5;
/** Shares of the times that are looked at: what is slow has met somebody else's work. */
const kept = 0.9;

interface Times {
  readonly wall: number[];
  readonly cpu: number[];
}

export async function scepPadding(): Promise<Report> {
  const { recipient, newHandler } = await createMemoryScep();
  const handler = newHandler();
  const [signer, victim] = await Promise.all(
    ['signer', 'victim'].map(async (name) => selfSigned(await testKeyPair('rsa-2048', name), name)),
  );
  const { certificationRequestDer: requestDer } = await buildCertificationRequest({
    commonName: 'victim',
    keyPair: victim!,
    challengePassword: 'of somebody else',
  });
  const kinds = Object.keys(paddingKinds);
  const messages = new Map(
    kinds.map((kind) => [
      kind,
      Array.from({ length: messagesPerKind }, () => paddingMessage(kind, { recipient, signer: signer!, requestDer })),
    ]),
  );
  const times = new Map<string, Times>(kinds.map((kind) => [kind, { wall: [], cpu: [] }]));
  const measure = async (kind: string): Promise<void> => {
    const ofKind = messages.get(kind)!;
    // The next in turn: chance would take some of them more often.
    const message = ofKind.shift()!;
    ofKind.push(message);
    const cpuBefore = process.cpuUsage();
    const startedAt = performance.now();
    await handler(scepPost(message));
    const wall = (performance.now() - startedAt) * 1000;
    const { user, system } = process.cpuUsage(cpuBefore);
    times.get(kind)!.wall.push(wall);
    times.get(kind)!.cpu.push(user + system);
    await setImmediate();
  };
  for (let count = 0; count < warmUp; count++) await measure(kinds[count % kinds.length]!);
  for (const { wall, cpu } of times.values()) [wall.length, cpu.length] = [0, 0];

  const loadBefore = loadavg()[0] ?? 0;
  const others = kinds.filter((kind) => kind !== baseline);
  // In random order, or the turns of the garbage collector would fall on one kind more than on another.
  const order = shuffled(others.flatMap((kind) => Array.from({ length: perKind }, () => kind)));
  for (const [index, kind] of order.entries()) {
    await measure(kind);
    if (index % 4 === 0) await measure(baseline);
  }
  const findings: Finding[] = [];
  const remarks: string[] = [];
  for (const clock of ['cpu', 'wall'] as const) {
    const limit = quantile(
      [...times.values()].flatMap((each) => each[clock]),
      kept,
    );
    const cropped = (kind: string): number[] => times.get(kind)![clock].filter((time) => time <= limit);
    const floor = cropped(baseline);
    let largest = 0;
    remarks.push(`${clock}, µs: difference of the means with its 95 % interval, of the medians, Welch's t`);
    for (const kind of others) {
      const { mean, margin, median, t } = differenceOf(cropped(kind), floor);
      remarks.push(`  ${kind.padEnd(36)} ${signed(mean)} ± ${margin.toFixed(1)}  ${signed(median)}  t ${signed(t)}`);
      largest = Math.max(largest, Math.abs(t));
    }
    findings.push({ name: `largest |t|, ${clock}`, value: largest, atMost: shown });
    const spread = Math.sqrt(floor.reduce((sum, time) => sum + time ** 2, 0) / floor.length - meanOf(floor) ** 2);
    remarks.push(`  ${baseline}: mean ${meanOf(floor).toFixed(0)}, standard deviation ${spread.toFixed(0)}`);
  }
  remarks.push(`load average ${loadBefore.toFixed(1)} to ${(loadavg()[0] ?? 0).toFixed(1)}`);
  const count = order.length + Math.ceil(order.length / 4);
  return {
    benchmark: 'scep-padding',
    sections: [
      { title: `${count} messages that cannot be decrypted or read, in random order`, series: [], findings, remarks },
    ],
  };
}

function meanOf(values: readonly number[]): number {
  return values.reduce((sum, value) => sum + value, 0) / values.length;
}

function quantile(values: readonly number[], share: number): number {
  return values.toSorted((a, b) => a - b)[Math.floor(values.length * share)] ?? Infinity;
}

function signed(value: number): string {
  return `${value < 0 ? '-' : '+'}${Math.abs(value).toFixed(1)}`.padStart(6);
}

/** Fisher and Yates. */
function shuffled<Item>(items: readonly Item[]): Item[] {
  const all = [...items];
  for (let last = all.length - 1; last > 0; last--) {
    const other = Math.floor(Math.random() * (last + 1));
    [all[last], all[other]] = [all[other]!, all[last]!];
  }
  return all;
}
