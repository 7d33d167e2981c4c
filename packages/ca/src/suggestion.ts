/** "Did you mean": the known name nearest to what was written. */

/** Undefined when nothing known is near: at most one edit in three characters, two in all or a common prefix of three. */
export function suggest(written: string, known: readonly string[]): string | undefined {
  const wanted = written.toLowerCase();
  const near = known
    .map((name) => ({ name, distance: editDistance(wanted, name.toLowerCase()) }))
    .filter(({ name, distance }) => distance <= Math.min(2, Math.ceil(name.length / 3)) || sharesStart(wanted, name))
    .sort((a, b) => a.distance - b.distance);
  return near[0]?.name;
}

/** ` Did you mean "reason"?`, or nothing. */
export function didYouMean(written: string, known: readonly string[]): string {
  const suggestion = suggest(written, known);
  return suggestion === undefined ? '' : ` Did you mean "${suggestion}"?`;
}

function sharesStart(written: string, name: string): boolean {
  return written.length >= 3 && name.toLowerCase().startsWith(written);
}

/** Levenshtein distance with swaps of neighbours counted as one (optimal string alignment). Inputs are short. */
function editDistance(a: string, b: string): number {
  if (a.length > 64 || b.length > 64) return Number.POSITIVE_INFINITY;
  let beforePrevious: number[] = [];
  let previous = Array.from({ length: b.length + 1 }, (_, index) => index);
  for (let i = 1; i <= a.length; i++) {
    const current = [i];
    for (let j = 1; j <= b.length; j++) {
      const substitution = at(previous, j - 1) + (a[i - 1] === b[j - 1] ? 0 : 1);
      let best = Math.min(at(previous, j) + 1, at(current, j - 1) + 1, substitution);
      if (i > 1 && j > 1 && a[i - 1] === b[j - 2] && a[i - 2] === b[j - 1])
        best = Math.min(best, at(beforePrevious, j - 2) + 1);
      current.push(best);
    }
    beforePrevious = previous;
    previous = current;
  }
  return at(previous, b.length);
}

function at(row: readonly number[], index: number): number {
  return row[index] ?? Number.POSITIVE_INFINITY;
}
