/** One record of several that a row of a join holds side by side. */

export interface RowPart<Part extends object> {
  /** For the list of a SELECT. */
  readonly columns: string;
  /** Undefined when the join found none. */
  read(row: Readonly<Record<string, unknown>>): Part | undefined;
}

/**
 * @param table its alias in the statement
 * @param columnNames by the names in the record; `id` is never null
 */
export function rowPart<Part extends { readonly id: string }>(
  table: string,
  columnNames: Readonly<{ [Name in keyof Part]: string }>,
): RowPart<Part> {
  const names = Object.entries<string>(columnNames).map(([name, column]) => ({
    name,
    column,
    key: `${table}.${name}`,
  }));
  return {
    columns: names.map(({ column, key }) => `${table}.${column} AS "${key}"`).join(', '),
    read(row) {
      if (row[`${table}.id`] === null) return undefined;
      // The statement selects every column of the record.
      return Object.fromEntries(names.map(({ name, key }) => [name, row[key]])) as unknown as Part;
    },
  };
}
