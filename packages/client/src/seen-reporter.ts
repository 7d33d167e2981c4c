/** Tells the authority which certificates are in use, so that a profile may have those that they replaced revoked. */
import { request } from 'node:https';
import type { Device } from './device.ts';

export interface SeenReporterOptions {
  /** Of the administration listener, e.g. `https://ca.example.com:9443`. */
  readonly url: string;
  /** An API token of the role `reporter`, which can do nothing else. */
  readonly token: string;
  /** The root certificate of the service, PEM. */
  readonly ca: string;
  /** Told when a report failed; it is made again when the device is seen again. */
  readonly onError?: ((error: Error, device: Device) => void) | undefined;
}

export interface SeenReporter {
  /** Never throws and never waits: a device is served whether or not it can be reported. */
  (device: Device): void;
  /** Resolves when no report is under way. */
  settled(): Promise<void>;
}

/** Certificates that are not reported again; the service records the first report only, so forgetting some costs little. */
const remembered = 10_000;
/** Reports at one time; what is seen meanwhile is reported when it is seen again. */
const maxUnderWay = 8;
const timeoutMilliseconds = 10_000;

export function createSeenReporter(options: SeenReporterOptions): SeenReporter {
  const reported = new Set<string>();
  const underWay = new Map<string, Promise<void>>();

  const report = (device: Device): void => {
    const { fingerprint } = device.certificate;
    if (reported.has(fingerprint) || underWay.has(fingerprint) || underWay.size >= maxUnderWay) return;
    const sending = send(options, fingerprint)
      .then(() => remember(reported, fingerprint))
      .catch((error: unknown) => options.onError?.(asError(error), device))
      .finally(() => underWay.delete(fingerprint));
    underWay.set(fingerprint, sending);
  };
  return Object.assign(report, {
    async settled() {
      await Promise.all(underWay.values());
    },
  });
}

function remember(reported: Set<string>, fingerprint: string): void {
  reported.add(fingerprint);
  if (reported.size <= remembered) return;
  const [oldest] = reported;
  if (oldest !== undefined) reported.delete(oldest);
}

function send({ url, token, ca }: SeenReporterOptions, fingerprint: string): Promise<void> {
  return new Promise((resolve, reject) => {
    const outgoing = request(
      new URL(`/api/v1/certificates/${fingerprint}/seen`, url),
      {
        method: 'POST',
        ca,
        headers: { Authorization: `Bearer ${token}`, 'Content-Length': '0' },
        timeout: timeoutMilliseconds,
      },
      (incoming) => {
        const chunks: Buffer[] = [];
        incoming.on('data', (chunk: Buffer) => chunks.push(chunk));
        incoming.on('error', reject);
        incoming.on('end', () => {
          if (incoming.statusCode === 200) resolve();
          else reject(new Error(`The authority answered ${incoming.statusCode}: ${Buffer.concat(chunks).toString()}`));
        });
      },
    );
    outgoing.on('timeout', () => outgoing.destroy(new Error('The authority does not answer.')));
    outgoing.on('error', reject);
    outgoing.end();
  });
}

function asError(error: unknown): Error {
  return error instanceof Error ? error : new Error(String(error));
}
