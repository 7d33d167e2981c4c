/** Where in the issuance cycle a fault may strike: the fourteen points between which something can be lost. */

/**
 * How a request is held there. `port`: it waits before or after a call of a port. `turn`: within one turn of the event loop, so
 * the whole process stands. `wire`: PostgreSQL has committed the statement, and its answer is kept back on the way.
 */
export type Point = { readonly name: string; readonly lost: string } & (
  { readonly hold: 'port' | 'turn' } | { readonly hold: 'wire'; readonly statement: string }
);

export const points = [
  { name: 'before-parse', hold: 'port', lost: 'the request as it was read' },
  { name: 'before-authenticate', hold: 'port', lost: 'the parsed request' },
  { name: 'before-authorize', hold: 'port', lost: 'what the registry said about the caller' },
  { name: 'before-prepare', hold: 'turn', lost: 'the decision' },
  { name: 'before-lint', hold: 'turn', lost: 'a TBSCertificate that nobody else has seen' },
  { name: 'before-intent', hold: 'port', lost: 'a linted TBSCertificate' },
  { name: 'during-intent', hold: 'wire', statement: 'record-intents', lost: 'the word that the intent is committed' },
  { name: 'after-intent', hold: 'port', lost: 'the thread of a recorded intent' },
  { name: 'before-sign', hold: 'port', lost: 'the same, with the key in hand' },
  { name: 'after-sign', hold: 'port', lost: 'a signature' },
  { name: 'before-certificate', hold: 'port', lost: 'a whole certificate' },
  { name: 'during-certificate', hold: 'wire', statement: 'record-certificates', lost: 'the word that it is committed' },
  { name: 'after-certificate', hold: 'port', lost: 'the answer, not written yet' },
  { name: 'before-respond', hold: 'port', lost: 'the answer' },
] as const satisfies readonly Point[];

export type PointName = (typeof points)[number]['name'];

export const flows = ['enroll', 'renew'] as const;
export type Flow = (typeof flows)[number];

/** A device that is to be held is named after where, so that every layer recognises its request. */
export function heldDevice(point: PointName, flow: Flow, rest: string): string {
  return `${point}--${flow}--${rest}--held`;
}

/** With an end of its own: what follows in DER may look like a letter. */
const form = /[a-z]+-[a-z]+--(enroll|renew)--\w+--held/;

/** The name of such a device in a request; undefined when the request is somebody else's, or of the other flow. */
export function heldDeviceIn(requestDer: Uint8Array, operation: string): string | undefined {
  const match = form.exec(Buffer.from(requestDer).toString('latin1'));
  const flow: Flow = operation === 'simplereenroll' ? 'renew' : 'enroll';
  return match?.[1] === flow ? match[0] : undefined;
}
