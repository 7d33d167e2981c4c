/** Plays the crash matrix: every point of the issuance cycle × every fault × enrollment and renewal, on real processes. */
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { readWitness } from '@touchmark/testkit';
import { AdminClient } from './admin-client.ts';
import { gatherEvidence, recordedSerialNumbers } from './evidence.ts';
import type { EstService } from './fleet-device.ts';
import { inParallel } from './in-parallel.ts';
import { InstrumentedNode } from './instrumented/node.ts';
import { flows, heldDevice, points } from './instrumented/points.ts';
import type { Flow, PointName } from './instrumented/points.ts';
import type { Evidence, Outage } from './invariants.ts';
import { MatrixDevice } from './matrix-device.ts';
import type { HeldAnswer } from './postgres-proxy.ts';
import { TestCluster } from './test-cluster.ts';

/** Struck at each point, one point after the other. */
export const instantFaults = ['SIGKILL', 'PostgreSQL backend killed', 'connections reset'] as const;
/** They take their time, so requests wait at all points at once. */
export const lastingFaults = ['SIGSTOP for 30 s', 'PostgreSQL stopped'] as const;
export const faults = [...instantFaults, ...lastingFaults] as const;
type InstantFault = (typeof instantFaults)[number];
export type Fault = (typeof faults)[number];

/** One device at one point under one fault. */
export interface Case {
  readonly fault: Fault;
  readonly point: PointName;
  readonly flow: Flow;
  readonly device: MatrixDevice;
  /** From the end of the fault until the node was ready again. */
  secondsUntilReady: number;
  /** Five; more where the machine was so busy that a start without any fault took longer than half of it. */
  limitSeconds: number;
}

export interface Played {
  readonly cases: readonly Case[];
  /** By registry. */
  readonly evidence: readonly Evidence[];
}

const fiveSeconds = 5;
const stopSeconds = 30;
/** Longer than a node waits for its database. */
const outageSeconds = 6;

const environment = {
  TOUCHMARK_PUBLIC_URL: 'http://pki.example.com',
  TOUCHMARK_KEY_PASSPHRASE: 'the passphrase of all nodes',
};

export async function playCrashMatrix(): Promise<Played> {
  const settled = await Promise.allSettled([
    playOn(1, async (lane) => {
      await lane.strikeEach('SIGKILL');
    }),
    playOn(1, async (lane) => {
      await lane.strikeEach('PostgreSQL backend killed');
      await lane.strikeEach('connections reset');
    }),
    // Where a request holds up its whole process, it needs one of its own; and one node is left in peace.
    playOn(1 + turns.length, async (lane) => {
      await lane.stopProcesses();
      await lane.stopPostgres();
    }),
  ]);
  // Only now, when none is under way any more.
  const parts = settled.map((part) => {
    if (part.status === 'rejected') throw part.reason;
    return part.value;
  });
  return {
    cases: parts.flatMap(({ cases }) => cases),
    evidence: parts.map(({ evidence }) => evidence),
  };
}

/** Points that hold up the process, each with each flow. */
const turns = points.filter(({ hold }) => hold === 'turn').flatMap(({ name }) => flows.map((flow) => ({ name, flow })));

interface PlayedPart {
  readonly cases: readonly Case[];
  readonly evidence: Evidence;
}

async function playOn(nodeCount: number, play: (lane: Lane) => Promise<void>): Promise<PlayedPart> {
  const lane = await Lane.open(nodeCount);
  try {
    await play(lane);
    return await lane.result();
  } finally {
    await lane.close();
  }
}

/** Nodes over one registry, and the devices that ask them. */
class Lane {
  readonly #directory: string;
  readonly #cluster: TestCluster;
  readonly #nodes: readonly InstrumentedNode[];
  readonly #cases: Case[] = [];
  readonly #outsiders: MatrixDevice[] = [];
  readonly #outages: Outage[] = [];
  readonly #ends: string[] = [];
  #limitSeconds = fiveSeconds;

  private constructor(directory: string, cluster: TestCluster, nodes: readonly InstrumentedNode[]) {
    this.#directory = directory;
    this.#cluster = cluster;
    this.#nodes = nodes;
  }

  static async open(nodeCount: number): Promise<Lane> {
    const directory = mkdtempSync(join(tmpdir(), 'touchmark-matrix-'));
    const cluster = await TestCluster.start();
    const nodes: InstrumentedNode[] = [];
    for (let index = 0; index < nodeCount; index++) {
      nodes.push(
        await InstrumentedNode.create({
          databaseUrl: cluster.databaseUrl,
          witnessFile: join(directory, 'witness'),
          environment: index === 0 ? environment : { ...environment, TOUCHMARK_ROLES: 'enroll' },
        }),
      );
    }
    await nodes[0]?.touchmark.start();
    await inParallel(nodes.slice(1), 2, ({ touchmark }) => touchmark.start());
    return new Lane(directory, cluster, nodes);
  }

  get #peaceful(): InstrumentedNode {
    const [node] = this.#nodes;
    if (node === undefined) throw new Error('There is no node.');
    return node;
  }

  async strikeEach(fault: InstantFault): Promise<void> {
    const cases = await this.#makeCases(fault);
    for (const point of points) {
      const here = cases.filter((each) => each.point === point.name);
      const groups = point.hold === 'turn' ? here.map((each) => [each]) : [here];
      for (const group of groups) {
        const node = this.#peaceful;
        const held = group.map(({ device }) => node.hold(point, device.id));
        const answers = group.map(({ device }) => device.ask(this.#serviceOf(node)));
        await Promise.all(held.map(({ reached }) => reached));
        const seconds = await this.#strike(fault, node, held);
        await Promise.all(answers);
        if (seconds >= this.#limitSeconds) this.#limitSeconds = Math.max(fiveSeconds, 2 * (await plainStart(node)));
        const limitSeconds = this.#limitSeconds;
        for (const each of group) {
          each.secondsUntilReady = seconds;
          each.limitSeconds = limitSeconds;
        }
        await Promise.all(group.map(({ device }) => device.settle(this.#serviceOf(node))));
      }
    }
  }

  /** Returns the seconds until the node is ready again. */
  async #strike(fault: InstantFault, node: InstrumentedNode, held: readonly HeldAnswer[]): Promise<number> {
    const release = (): void => {
      for (const each of held) each.release();
    };
    switch (fault) {
      case 'SIGKILL': {
        await node.touchmark.end('SIGKILL');
        release();
        return start(node);
      }
      case 'PostgreSQL backend killed':
        await this.#cluster.killBackendOf(node.touchmark.pid);
        // Its connections are cut before the request goes on, and with them the answer that was on its way.
        await sleep(100);
        release();
        return node.untilReady(60);
      case 'connections reset':
        node.database.reset();
        node.front.reset();
        release();
        return node.untilReady(60);
    }
  }

  /** Devices whose node stands still ask another one; then it wakes up and goes on where it stopped. */
  async stopProcesses(): Promise<void> {
    const cases = await this.#makeCases('SIGSTOP for 30 s');
    const { answers, release } = await this.#holdAll(cases);
    const nodes = this.#nodes.slice(1);
    for (const { touchmark } of nodes) process.kill(touchmark.pid, 'SIGSTOP');
    const stoppedAt = performance.now();
    release();
    const impatient = cases.filter((_, index) => index % 4 < 2);
    await inParallel(impatient, 4, ({ device }) => device.ask(this.#serviceOf(this.#peaceful)));
    await sleep(Math.max(0, stopSeconds * 1000 - (performance.now() - stoppedAt)));
    for (const { touchmark } of nodes) process.kill(touchmark.pid, 'SIGCONT');
    await this.#settleAll(cases, answers);
  }

  async stopPostgres(): Promise<void> {
    const cases = await this.#makeCases('PostgreSQL stopped');
    const outsiders = await this.#makeDevices(
      this.#nodes.map((_, index) => ({ id: `outsider-${index}`, flow: 'enroll' })),
    );
    this.#outsiders.push(...outsiders);
    const { answers, release } = await this.#holdAll(cases);
    const recordedBefore = await recordedSerialNumbers(this.#cluster.pool);
    await this.#cluster.stopServer();
    const stoppedAt = performance.now();
    const usesBefore = (await readWitness(this.#witnessFile)).length;
    release();
    await Promise.all(outsiders.map((device, index) => device.ask(this.#serviceOf(this.#nodes[index]!))));
    await sleep(Math.max(0, outageSeconds * 1000 - (performance.now() - stoppedAt)));
    const uses = (await readWitness(this.#witnessFile)).slice(usesBefore);
    this.#outages.push({ uses, recordedBefore, answers: outsiders.flatMap((device) => device.answers) });
    await this.#cluster.startServer();
    await this.#settleAll(cases, answers);
    await Promise.all(outsiders.map((device) => device.settle(this.#serviceOf(this.#peaceful))));
  }

  /** Lets every request come to its point. Those that keep others from going on come last. */
  async #holdAll(
    cases: readonly Case[],
  ): Promise<{ readonly answers: readonly Promise<unknown>[]; readonly release: () => void }> {
    const held: HeldAnswer[] = [];
    const answers: Promise<unknown>[] = [];
    const order: readonly ((point: (typeof points)[number]) => boolean)[] = [
      ({ hold }) => hold === 'port',
      ({ name }) => name === 'during-certificate',
      ({ name }) => name === 'during-intent',
      ({ hold }) => hold === 'turn',
    ];
    for (const isNext of order) {
      const next = points
        .filter(isNext)
        .flatMap((point) => cases.filter((each) => each.point === point.name).map((each) => ({ ...each, point })));
      const reached = next.map(({ point, flow, device }) => {
        const node = this.#nodeFor(point.name, flow);
        const each = node.hold(point, device.id);
        held.push(each);
        answers.push(device.ask(this.#serviceOf(node)));
        return each.reached;
      });
      await Promise.all(reached);
    }
    return {
      answers,
      release: () => {
        for (const each of held) each.release();
      },
    };
  }

  async #settleAll(cases: readonly Case[], answers: readonly Promise<unknown>[]): Promise<void> {
    const seconds = await Promise.all(this.#nodes.map((node) => node.untilReady(60)));
    for (const each of cases) {
      each.secondsUntilReady = seconds[this.#nodes.indexOf(this.#nodeFor(each.point, each.flow))] ?? Infinity;
    }
    await Promise.all(answers);
    await inParallel(cases, 4, ({ device, point, flow }) => device.settle(this.#serviceOf(this.#nodeFor(point, flow))));
  }

  #nodeFor(point: PointName, flow: Flow): InstrumentedNode {
    const turn = turns.findIndex((each) => each.name === point && each.flow === flow);
    const node = this.#nodes[1 + Math.max(0, turn)];
    if (node === undefined) throw new Error('There are not enough nodes.');
    return node;
  }

  async #makeCases(fault: Fault): Promise<readonly Case[]> {
    const wanted = points.flatMap(({ name }) =>
      flows.map((flow) => ({ point: name, flow, id: heldDevice(name, flow, String(faults.indexOf(fault))) })),
    );
    const devices = await this.#makeDevices(wanted);
    const cases = wanted.map(({ point, flow }, index) => ({
      fault,
      point,
      flow,
      device: devices[index]!,
      secondsUntilReady: Infinity,
      limitSeconds: fiveSeconds,
    }));
    this.#cases.push(...cases);
    return cases;
  }

  async #makeDevices(wanted: readonly { readonly id: string; readonly flow: Flow }[]): Promise<MatrixDevice[]> {
    const admin = new AdminClient(this.#peaceful.touchmark);
    const secrets = await admin.createSecrets(wanted.length);
    admin.close();
    return inParallel(wanted, 4, ({ id, flow }, index) =>
      MatrixDevice.create(id, flow, secrets[index]!, this.#serviceOf(this.#peaceful)),
    );
  }

  #serviceOf(node: InstrumentedNode): EstService {
    return { url: node.estUrl, rootPem: readFileSync(this.#peaceful.touchmark.rootCertificateFile, 'utf8') };
  }

  get #witnessFile(): string {
    return join(this.#directory, 'witness');
  }

  async result(): Promise<PlayedPart> {
    for (const { touchmark } of this.#nodes) {
      if (!touchmark.isRunning) this.#ends.push(touchmark.stderr.slice(-2000));
    }
    const devices = [...this.#cases.map(({ device }) => device), ...this.#outsiders];
    const evidence = await gatherEvidence(this.#cluster.pool, {
      witnessFile: this.#witnessFile,
      clients: devices.flatMap(({ outcomes }) => outcomes),
      outages: this.#outages,
      ends: this.#ends,
    });
    return { cases: this.#cases, evidence };
  }

  async close(): Promise<void> {
    for (const { touchmark } of this.#nodes) await touchmark.end('SIGKILL');
    await Promise.all(this.#nodes.map((node) => node.dispose()));
    await this.#cluster.dispose();
    rmSync(this.#directory, { recursive: true, force: true });
  }
}

/** Seconds until the process is ready. */
async function start({ touchmark }: InstrumentedNode): Promise<number> {
  const startedAt = performance.now();
  await touchmark.start();
  return (performance.now() - startedAt) / 1000;
}

/** How long a start takes on this machine, now, without any fault. */
async function plainStart(node: InstrumentedNode): Promise<number> {
  await node.touchmark.end();
  return start(node);
}
