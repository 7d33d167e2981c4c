/** A guard for Prisma: it drops a filter whose value is undefined, and then finds everything. */

/** The filter as it is. @throws TypeError when anything in it is undefined */
export function where<T extends object>(filter: T): T {
  refuseUndefined(filter, 'where');
  return filter;
}

function refuseUndefined(value: unknown, path: string): void {
  if (value === undefined) throw new TypeError(`${path} is undefined: Prisma would leave the filter out.`);
  if (value === null || typeof value !== 'object' || value instanceof Date || ArrayBuffer.isView(value)) return;
  for (const [key, item] of Object.entries(value)) refuseUndefined(item, `${path}.${key}`);
}
