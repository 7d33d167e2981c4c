/**
 * SECURITY, "Crash matrix": at each of the fourteen points of the issuance cycle a fault strikes an enrollment and a renewal.
 * The oracle is in support/invariants.ts, the points are in support/instrumented/points.ts.
 */
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { faults, playCrashMatrix } from '../support/crash-matrix.ts';
import type { Case, Played } from '../support/crash-matrix.ts';
import { flows, points } from '../support/instrumented/points.ts';
import { invariantNames, invariants } from '../support/invariants.ts';

let played: Played;

beforeAll(async () => {
  played = await playCrashMatrix();
}, 600_000);

afterAll(() => {
  if (played === undefined) return;
  const lines = faults.map((fault) => {
    const cases = played.cases.filter((each) => each.fault === fault);
    const first = [...Map.groupBy(cases, ({ device }) => device.answers[0] ?? 'none')]
      .map(([answer, { length }]) => `${answer} ×${length}`)
      .join(', ');
    const slowest = Math.max(...cases.map(({ secondsUntilReady }) => secondsUntilReady));
    return `${fault}: the requests struck got ${first}; ready after ${slowest.toFixed(2)} s at most`;
  });
  console.info(lines.join('\n'));
});

describe.each(invariantNames)('%s', (name) => {
  it('over all of it', () => {
    expect(played.evidence.flatMap((evidence) => invariants[name](evidence))).toEqual([]);
  });
});

describe.each(faults)('%s', (fault) => {
  describe.each(points)('$name, where $lost is lost', ({ name }) => {
    it.each(flows)('%s: the device gets its one certificate, always the same, by asking again', (flow) => {
      const { device } = findCase(fault, name, flow);
      expect(device.answers.slice(-2)).toEqual(['issued', 'issued']);
      // Nobody is told anything but to come again.
      expect(device.answers.filter((answer) => !/^(?:issued|lost|503 registryUnavailable)$/.test(answer))).toEqual([]);
      const certificates = device.outcomes.at(-1)!.receivedDer.map((der) => Buffer.from(der).toString('hex'));
      expect(new Set(certificates).size).toBe(1);
    });

    it('is ready again within 5 seconds, without anybody doing anything', () => {
      for (const flow of flows) {
        const { secondsUntilReady, limitSeconds } = findCase(fault, name, flow);
        expect(secondsUntilReady).toBeLessThan(limitSeconds);
      }
    });
  });
});

it('all cases were played, and whoever was killed had not answered', () => {
  expect(played.cases).toHaveLength(points.length * flows.length * faults.length);
  const killed = played.cases.filter(({ fault }) => fault === 'SIGKILL');
  expect(killed.map(({ device }) => device.answers[0])).toEqual(killed.map(() => 'lost'));
});

function findCase(fault: string, point: string, flow: string): Case {
  const found = played.cases.find((each) => each.fault === fault && each.point === point && each.flow === flow);
  if (found === undefined) throw new Error(`${fault} at ${point} was not played for ${flow}`);
  return found;
}
