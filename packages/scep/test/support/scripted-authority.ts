/** An authority that answers as it is told and remembers what it was asked; what is encrypted and signed is real. */
import { CaError } from '@touchmark/ca';
import type { EarlyRefusal, EnrollmentOutcome, EnrollmentRequest, IssuedCertificate, PollRequest } from '@touchmark/ca';
import type { HttpRequest, HttpResponse } from '@touchmark/http';
import { createScepHandler, ScepSettings } from '../../src/index.ts';
import type { ScepAuthority, ScepEndpoint, ScepHandlerOptions, ScepSettingsInput } from '../../src/index.ts';
import type { World } from './world.ts';

export class ScriptedAuthority implements ScepAuthority {
  endpoint: ScepEndpoint;
  outcome: EnrollmentOutcome | ((request: EnrollmentRequest | PollRequest) => EnrollmentOutcome);
  /** What the findings of GetCert and GetCRL are. */
  found: Uint8Array | undefined;
  signerKnown = true;
  record: (refusal: EarlyRefusal) => string = () => 'early-1';
  readonly requests: EnrollmentRequest[] = [];
  readonly polls: PollRequest[] = [];
  readonly lookups: Uint8Array[] = [];
  readonly refusals: EarlyRefusal[] = [];

  constructor(world: World, settings: ScepSettingsInput = {}) {
    this.endpoint = {
      label: 'factory',
      enabled: true,
      settings: ScepSettings.parse(settings),
      chain: world.chain,
      recipient: world.recipient,
      next: undefined,
    };
    this.outcome = { kind: 'issued', attemptId: 'attempt-1', certificateDer: world.enrolled.certificate.der };
  }

  getEndpoint(label: string): ScepEndpoint {
    if (label !== this.endpoint.label) throw new CaError('endpointUnknown', `There is no SCEP endpoint "${label}".`);
    return this.endpoint;
  }

  async enroll(request: EnrollmentRequest): Promise<EnrollmentOutcome> {
    this.requests.push(request);
    return typeof this.outcome === 'function' ? this.outcome(request) : this.outcome;
  }

  async poll(request: PollRequest): Promise<EnrollmentOutcome> {
    this.polls.push(request);
    return typeof this.outcome === 'function' ? this.outcome(request) : this.outcome;
  }

  async findCertificate(_label: string, serialNumber: Uint8Array): Promise<IssuedCertificate | undefined> {
    this.lookups.push(serialNumber);
    return this.found && ({ certificateDer: this.found } as IssuedCertificate);
  }

  async findSigner(_label: string, certificateDer: Uint8Array): Promise<IssuedCertificate | undefined> {
    return this.signerKnown ? ({ certificateDer } as IssuedCertificate) : undefined;
  }

  async findCrl(_label: string, serialNumber: Uint8Array): Promise<Uint8Array | undefined> {
    this.lookups.push(serialNumber);
    return this.found;
  }

  async recordRefusal(refusal: EarlyRefusal): Promise<string> {
    this.refusals.push(refusal);
    return this.record(refusal);
  }

  /** How often anything was asked that could give a certificate. */
  get asked(): number {
    return this.requests.length + this.polls.length + this.lookups.length;
  }
}

/** A request without a socket; by default a POST of that body. */
export function scepRequest(
  fields: Partial<Omit<HttpRequest, 'headers' | 'readBody'>> & {
    readonly headers?: Record<string, string>;
    readonly body?: Uint8Array;
  } = {},
): HttpRequest {
  const { headers = {}, body = new Uint8Array(0), ...rest } = fields;
  return {
    id: 'request-1',
    method: 'POST',
    path: '/scep/factory',
    rawQuery: 'operation=PKIOperation',
    remoteAddress: '192.0.2.7',
    tls: undefined,
    ...rest,
    headers: new Map(Object.entries(headers)),
    readBody: async () => body,
  };
}

export function ask(
  authority: ScepAuthority,
  request: HttpRequest,
  options: ScepHandlerOptions = {},
): Promise<HttpResponse> {
  return createScepHandler(authority, options)(request);
}

export const get = (rawQuery: string, path = '/scep/factory'): HttpRequest =>
  scepRequest({ method: 'GET', path, rawQuery });

export const post = (body: Uint8Array): HttpRequest => scepRequest({ body });

export const field = (response: HttpResponse, name: string): string | undefined =>
  response.headers.find(([candidate]) => candidate === name)?.[1];
