/** A device of the crash matrix: asks until it has its certificate, and keeps all that it ever got. */
import { setTimeout as sleep } from 'node:timers/promises';
import type { ClientOutcome } from './invariants.ts';
import { CertifiedConnection, FleetDevice, requestKey } from './fleet-device.ts';
import type { EnrollmentAnswer, EstService } from './fleet-device.ts';
import type { Flow } from './instrumented/points.ts';

const patienceTries = 60;

export class MatrixDevice {
  readonly id: string;
  readonly #ask: (service: EstService) => Promise<EnrollmentAnswer>;
  readonly #first: ClientOutcome | undefined;
  readonly #secretId: string | undefined;
  readonly #receivedDer: Uint8Array[] = [];
  /** Each answer in words, in order. */
  readonly answers: string[] = [];

  private constructor(
    id: string,
    ask: (service: EstService) => Promise<EnrollmentAnswer>,
    { first, secretId }: { first?: ClientOutcome; secretId?: string },
  ) {
    this.id = id;
    this.#ask = ask;
    this.#first = first;
    this.#secretId = secretId;
  }

  /** @param service where a device that is to renew enrolls first */
  static async create(
    id: string,
    flow: Flow,
    secret: { readonly id: string; readonly secret: string },
    service: EstService,
  ): Promise<MatrixDevice> {
    const fleetDevice = new FleetDevice(id, secret.secret, await requestKey(id));
    switch (flow) {
      case 'enroll':
        return new MatrixDevice(id, (at) => fleetDevice.enroll(at), { secretId: secret.id });
      case 'renew': {
        const enrolled = await fleetDevice.enroll(service);
        if (enrolled.kind !== 'issued') throw new Error(`${id} got nothing to renew: ${inWords(enrolled)}`);
        const { certificateDer } = enrolled;
        const { requestDer } = await requestKey(id);
        const renew = async (at: EstService): Promise<EnrollmentAnswer> => {
          const connection = new CertifiedConnection(at, certificateDer, fleetDevice.requested.keyPair);
          const answer = await connection.renew(requestDer);
          connection.close();
          return answer;
        };
        const first = { deviceId: id, secretId: secret.id, receivedDer: [certificateDer] };
        return new MatrixDevice(id, renew, { first });
      }
    }
  }

  /** Asks once, always with the same request. */
  async ask(service: EstService): Promise<EnrollmentAnswer> {
    const answer = await this.#ask(service);
    this.answers.push(inWords(answer));
    if (answer.kind === 'issued') this.#receivedDer.push(answer.certificateDer);
    return answer;
  }

  /** Asks until it has its certificate, and then once more. */
  async settle(service: EstService): Promise<void> {
    for (let tries = 0; (await this.ask(service)).kind !== 'issued'; tries++) {
      if (tries > patienceTries) return;
      await sleep(100);
    }
    await this.ask(service);
  }

  get outcomes(): readonly ClientOutcome[] {
    const own = { deviceId: this.id, secretId: this.#secretId, receivedDer: this.#receivedDer };
    return this.#first === undefined ? [own] : [this.#first, own];
  }
}

function inWords(answer: EnrollmentAnswer): string {
  switch (answer.kind) {
    case 'issued':
      return 'issued';
    case 'refused':
      return `${answer.status} ${answer.reason}`;
    case 'lost':
      return 'lost';
  }
}
