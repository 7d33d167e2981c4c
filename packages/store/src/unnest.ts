/** Many rows as one array parameter per column: the form in which a batch travels. */
import { buffer } from './convert.ts';

type SqlType =
  | 'uuid'
  | 'bytea'
  | 'text'
  | 'timestamptz'
  | 'int'
  | 'smallint'
  | 'boolean'
  | 'jsonb'
  | 'device_state'
  | 'attempt_outcome';
type SqlValue = Uint8Array | Date | string | number | boolean | undefined;

/** Column by column: its type and where its value comes from. */
export type Columns<Row> = Readonly<Record<string, readonly [type: SqlType, value: (row: Row) => SqlValue]>>;

export interface RowSet<Row> {
  /** `unnest(…) AS name(…)` with parameters from `$1` on. */
  readonly source: string;
  /** Column names, quoted as they are, joined by commas. */
  readonly names: string;
  /** The parameter that holds this column, e.g. `$3::uuid[]`; for `= ANY(…)`, which looks up by index whatever the plan. */
  parameter(column: string): string;
  values(rows: readonly Row[]): unknown[];
}

export function rowSet<Row>(name: string, columns: Columns<Row>): RowSet<Row> {
  const entries = Object.entries(columns);
  const parameters = new Map(entries.map(([column, [type]], index) => [column, `$${index + 1}::${type}[]`]));
  const names = entries.map(([column]) => column).join(', ');
  return {
    source: `unnest(${[...parameters.values()].join(', ')}) AS ${name}(${names})`,
    names,
    parameter(column) {
      const parameter = parameters.get(column);
      if (parameter === undefined) throw new Error(`There is no column ${column}.`);
      return parameter;
    },
    values: (rows) => entries.map(([, [, value]]) => rows.map((row) => parameterOf(value(row)))),
  };
}

function parameterOf(value: SqlValue): unknown {
  if (ArrayBuffer.isView(value)) return buffer(value);
  return value ?? null;
}
