/** The query of a request as a plain object, each parameter once. */
import { requestProblem } from './problem.ts';

/** Throws when a parameter is given twice: which one was meant cannot be known. */
export function parseQuery(rawQuery: string): Record<string, string> {
  const parameters = new URLSearchParams(rawQuery);
  const names = [...parameters.keys()];
  const twice = names.find((name, index) => names.indexOf(name) !== index);
  if (twice !== undefined) {
    const parameter = twice.slice(0, 64);
    const detail = `The parameter "${parameter}" is given twice.`;
    throw requestProblem(400, 'requestInvalid', detail, { errors: [{ parameter, detail }] });
  }
  return Object.fromEntries(parameters);
}
