/** `touchmark request …`: what waits for an administrator. */
import type { ApprovedRequest, Device, PendingRequest, PendingRequestSummary } from '@touchmark/admin-api';
import type { Command } from 'commander';
import { segment } from '../api.ts';
import type { Api } from '../api.ts';
import { confirm } from '../ask.ts';
import { apiOf, choice, fetchAll, listingOptions, outputOption, runListing } from '../command.ts';
import type { ListOptions } from '../command.ts';
import { CliFailure } from '../failure.ts';
import { say, suggestNext } from '../io.ts';
import type { Io } from '../io.ts';
import { showFormats, writeThing } from '../output/format.ts';
import type { ShowFormat, View } from '../output/format.ts';
import { minute, orDash, state } from '../output/words.ts';

const view: View<PendingRequestSummary> = {
  noun: 'request',
  name: ({ id }) => id,
  columns: [
    { title: 'REQUESTED', cell: ({ requestedAt }) => minute(requestedAt) },
    { title: 'STATE', cell: (request) => state(request.state) },
    { title: 'ENDPOINT', cell: ({ endpointLabel }) => endpointLabel },
    { title: 'DEVICE', cell: ({ deviceId }) => orDash(deviceId) },
    { title: 'PROVED', cell: ({ authenticatedBy }) => authenticatedBy },
    { title: 'FROM', cell: ({ remoteAddress }) => remoteAddress },
    { title: 'KEY', cell: ({ publicKeySha256 }) => publicKeySha256.slice(0, 16) },
    { title: 'ID', cell: ({ id }) => id },
  ],
};

const requestArgument = 'its id; or, while it waits, the SHA-256 of its key as the device shows it';

interface RequestListOptions extends ListOptions {
  readonly state: string;
  readonly endpoint?: string;
}

interface DecideOptions {
  readonly yes?: boolean;
  readonly reason?: string;
  readonly output: ShowFormat;
}

export function addRequestCommands(program: Command, io: Io): void {
  const request = program
    .command('request')
    .description('requests that wait for an administrator, at endpoints with --approval manual');

  listingOptions(request.command('list').description('list requests, last come first'), { paged: true })
    .addOption(
      choice('--state <state>', 'which of them', ['pending', 'approved', 'rejected', 'all']).default('pending'),
    )
    .option('--endpoint <label>', 'only of this endpoint')
    .action(async (options: RequestListOptions, command: Command) => {
      const { state: wanted, endpoint, limit } = options;
      await runListing(io, apiOf(io, command), '/requests', { state: wanted, endpoint, limit }, view, options);
    });

  request
    .command('show')
    .description('show a request')
    .argument('<request>', requestArgument)
    .addOption(outputOption(showFormats))
    .action(async (named: string, options: { output: ShowFormat }, command: Command) => {
      const api = apiOf(io, command);
      const found = await api.get<PendingRequest>(`/requests/${segment(await idOf(api, named))}`);
      writeThing(io, found, { name: view.name, facts: factsOf }, options.output);
      if (found.state === 'pending') {
        suggestNext(io, `touchmark request approve ${found.id}`, `touchmark request reject ${found.id} --reason TEXT`);
      }
    });

  request
    .command('approve')
    .description('approve a request: its certificate is issued, and the device gets it when it asks again')
    .argument('<request>', requestArgument)
    .option('-y, --yes', 'do not ask')
    .addOption(outputOption(showFormats))
    .action(async (named: string, options: DecideOptions, command: Command) => {
      const api = apiOf(io, command);
      const path = `/requests/${segment(await idOf(api, named))}`;
      const found = await api.get<PendingRequest>(path);
      const who = found.deviceId ?? found.subject;
      if (found.state === 'pending') await tellOfKnownDevice(io, api, found.deviceId);
      await confirm(io, `Issue to ${who}, with the key ${found.publicKeySha256}?`, options.yes ?? false);
      const approved = await api.post<ApprovedRequest>(`${path}/approve`, undefined);
      writeThing(io, approved, { name: view.name, facts: factsOf }, options.output);
      if (approved.outcome === 'issued') {
        say(io, 'The certificate is issued; the device gets it when it asks again.');
        return;
      }
      throw new CliFailure('refused', `The request is approved, but not issued: ${orDash(approved.message)}`, {
        hint: `It stays approved, and is issued once that is mended; the same command shows whether it is. To take it back: touchmark request reject ${found.id}. touchmark attempt show ${approved.outcomeAttemptId} has the steps.`,
      });
    });

  request
    .command('reject')
    .description(
      'reject a request, also an approved one that gave no certificate yet; the device is told when it asks again',
    )
    .argument('<request>', requestArgument)
    .option('--reason <text>', 'why; the device is told')
    .option('-y, --yes', 'do not ask')
    .addOption(outputOption(showFormats))
    .action(async (named: string, options: DecideOptions, command: Command) => {
      const api = apiOf(io, command);
      const path = `/requests/${segment(await idOf(api, named))}`;
      const found = await api.get<PendingRequest>(path);
      await confirm(io, `Reject the request of ${found.deviceId ?? found.subject}?`, options.yes ?? false);
      const rejected = await api.post<PendingRequestSummary>(`${path}/reject`, { reason: options.reason });
      writeThing(io, rejected, { name: view.name, facts: factsOf }, options.output);
    });
}

/**
 * The id of a request. By its key only one that waits: the key tells better than the id who gets a certificate, since nobody
 * else can ask for one with it.
 */
async function idOf(api: Api, written: string): Promise<string> {
  const key = written.replaceAll(':', '').toLowerCase();
  if (!/^[0-9a-f]{64}$/.test(key)) return written;
  const waiting = await fetchAll<PendingRequestSummary>(api, '/requests', { state: 'pending' });
  const [found, ...others] = waiting.filter(({ publicKeySha256 }) => publicKeySha256 === key);
  if (found === undefined) {
    throw new CliFailure('notFound', 'No request with this key waits.', {
      hint: 'touchmark request list --state all has those that were decided, too.',
    });
  }
  if (others.length === 0) return found.id;
  throw new CliFailure('conflict', `${others.length + 1} requests with this key wait. Name one by its id.`, {
    details: [found, ...others].map(({ id, endpointLabel, subject }) => `${id}  ${endpointLabel}  ${subject}`),
  });
}

/** Who is in the field already should not be somebody else tomorrow. */
async function tellOfKnownDevice(io: Io, api: Api, deviceId: string | null): Promise<void> {
  if (deviceId === null) return;
  try {
    const { state: known } = await api.get<Device>(`/devices/${segment(deviceId)}`);
    if (known === 'active')
      say(io, `Look twice: the device ${deviceId} is in the field, and has certificates already.`);
    if (known === 'suspended' || known === 'retired')
      say(io, `Look twice: the device ${deviceId} is ${known}, and gets no certificate while it is.`);
  } catch (error) {
    if (!(error instanceof CliFailure) || error.exit !== 'notFound') throw error;
  }
}

function factsOf(request: PendingRequestSummary): readonly (readonly [string, string])[] {
  return [
    ['Request', request.id],
    ['State', request.state],
    ['Asked', `${request.protocol} ${request.operation} at ${request.endpointLabel}`],
    ['Device', orDash(request.deviceId)],
    ['Subject', request.subject],
    ['Names asked for', request.subjectAltNames.map(({ kind, value }) => `${kind}:${value}`).join(', ') || '-'],
    ['Authority', orDash(request.authority)],
    ['Profile', request.profile === null ? '-' : `${request.profile.name} version ${request.profile.version}`],
    ['Key', request.publicKeySha256],
    ['Transaction', orDash(request.transactionId)],
    ['Proved', request.authenticatedBy],
    ['From', request.remoteAddress],
    ['Requested', request.requestedAt],
    ['Until', request.expiresAt],
    ['Decided', request.decidedAt === null ? '-' : `${request.decidedAt} by ${orDash(request.decidedBy)}`],
    ['Reason', orDash(request.reason)],
    ['Attempt', request.attemptId],
  ];
}
