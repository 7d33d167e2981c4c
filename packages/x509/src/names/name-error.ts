/** A name that was asked for cannot be encoded; the message names the value and the rule. */
export class NameError extends RangeError {
  override readonly name = 'NameError';

  constructor(kind: string, value: string, why: string, options?: ErrorOptions) {
    super(`the ${kind} ${JSON.stringify(value.slice(0, 80))} cannot be encoded: ${why}`, options);
  }
}
