/** Object identifiers to the names that the RFCs give them. */
import { rfc3370, rfc3565, rfc5480, rfc5758, rfc8017, rfc8410, rfc9881 } from './algorithms.ts';
import { rfc2985, rfc2986, rfc5652, rfc6402, rfc6960, rfc7030, rfc8894, rfc9908 } from './messages.ts';
import { rfc7292, rfc8018 } from './pkcs12.ts';
import { rfc5280 } from './rfc5280.ts';

// Where two tables have the same OID, the later one names it.
const tables: readonly Readonly<Record<string, string>>[] = [
  rfc5652,
  rfc2985,
  rfc2986,
  rfc6402,
  rfc7030,
  rfc8894,
  rfc9908,
  rfc8018,
  rfc7292,
  rfc3370,
  rfc3565,
  rfc5480,
  rfc5758,
  rfc8017,
  rfc8410,
  rfc9881,
  rfc6960,
  rfc5280,
];

const names = new Map(tables.flatMap((table) => Object.entries(table).map(([name, oid]) => [oid, name] as const)));

/** E.g. `id-ce-keyUsage` for 2.5.29.15. */
export function oidName(oid: string): string | undefined {
  return names.get(oid);
}
