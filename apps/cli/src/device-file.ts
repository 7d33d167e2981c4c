/** Devices in a file: CSV with a line of titles, or NDJSON, one object a line. */
import { CliFailure } from './failure.ts';

export interface DeviceRow {
  readonly id: string;
  readonly role?: string;
  readonly segment?: string;
  readonly fields?: Readonly<Record<string, string>>;
}

/** A CSV column that is neither id, role nor segment is a field of the device; an empty cell is not there. */
export function parseDevices(text: string, file: string): readonly DeviceRow[] {
  const rows = /^\s*\{/.test(text) ? parseNdjson(text, file) : parseCsv(text, file);
  if (rows.length === 0) throw new CliFailure('usage', `${file} holds no devices.`);
  return rows;
}

function parseNdjson(text: string, file: string): DeviceRow[] {
  return text.split('\n').flatMap((line, index) => {
    if (line.trim() === '') return [];
    try {
      // What it must be, the service says.
      return [JSON.parse(line) as DeviceRow];
    } catch {
      throw new CliFailure('usage', `Line ${index + 1} of ${file} is not JSON.`);
    }
  });
}

function parseCsv(text: string, file: string): DeviceRow[] {
  const [titles = [], ...records] = csvRecords(text, file);
  if (!titles.includes('id')) {
    throw new CliFailure('usage', `${file} has no column "id".`, {
      hint: 'The first line has the titles: id,role,segment and any further fields.',
    });
  }
  return records.map((cells, index) => {
    if (cells.length !== titles.length) {
      throw new CliFailure(
        'usage',
        `Device ${index + 1} of ${file} has ${cells.length} cells, the titles are ${titles.length}.`,
      );
    }
    const entries = titles
      .map((title, column) => [title, cells[column] ?? ''] as const)
      .filter(([, cell]) => cell !== '');
    const own = entries.filter(([title]) => ['id', 'role', 'segment'].includes(title));
    const further = entries.filter(([title]) => !['id', 'role', 'segment'].includes(title));
    return { id: '', ...Object.fromEntries(own), fields: Object.fromEntries(further) };
  });
}

/** RFC 4180. */
function csvRecords(text: string, file: string): string[][] {
  const records: string[][] = [];
  let record: string[] = [];
  const cell = /(?:"((?:[^"]|"")*)"|([^",\r\n]*))(,|\r?\n|$)/y;
  for (let at = text.startsWith('\ufeff') ? 1 : 0; at < text.length;) {
    cell.lastIndex = at;
    const match = cell.exec(text);
    if (match === null) throw new CliFailure('usage', `${file} is not CSV near "${text.slice(at, at + 20).trim()}".`);
    record.push((match[1]?.replaceAll('""', '"') ?? match[2] ?? '').trim());
    at = cell.lastIndex;
    if (match[3] === ',' && at < text.length) continue;
    if (match[3] === ',') record.push('');
    if (record.some((value) => value !== '')) records.push(record);
    record = [];
  }
  return records;
}
