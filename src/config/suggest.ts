/** Finds the known word that a mistyped one was probably meant to be. */

/** Edit distance with insertions, deletions, substitutions and swaps of neighbours (optimal string alignment). */
function editDistance(left: string, right: string): number {
  let beforePrevious: number[] = [];
  let previous = Array.from({ length: right.length + 1 }, (_, column) => column);
  for (let row = 1; row <= left.length; row++) {
    const current = [row];
    for (let column = 1; column <= right.length; column++) {
      const substitution = left[row - 1] === right[column - 1] ? 0 : 1;
      let best = Math.min(
        (previous[column] as number) + 1,
        (current[column - 1] as number) + 1,
        (previous[column - 1] as number) + substitution,
      );
      if (row > 1 && column > 1 && left[row - 1] === right[column - 2] && left[row - 2] === right[column - 1]) {
        best = Math.min(best, (beforePrevious[column - 2] as number) + 1);
      }
      current.push(best);
    }
    beforePrevious = previous;
    previous = current;
  }
  return previous[right.length] as number;
}

/** `numThreads`, `num_threads` and `num-threads` are the same word to somebody who types from memory. */
const withoutSeparators = (word: string): string => word.toLowerCase().replace(/[-_]/g, '');

/** @returns the nearest of `candidates`, or null when none is near enough to be what was meant */
export function nearestWord(word: string, candidates: Iterable<string>): string | null {
  const plainWord = withoutSeparators(word);
  if (plainWord === '') return null;
  let nearest: string | null = null;
  let nearestDistance = Number.POSITIVE_INFINITY;
  for (const candidate of candidates) {
    const distance = editDistance(plainWord, withoutSeparators(candidate));
    if (distance < nearestDistance) {
      nearest = candidate;
      nearestDistance = distance;
    }
  }
  if (nearestDistance <= Math.max(1, Math.floor(plainWord.length / 3))) return nearest;
  for (const candidate of candidates) {
    if (plainWord.length >= 4 && candidate.split(/[-_]/).some((part) => part.toLowerCase() === plainWord)) {
      return candidate;
    }
  }
  return null;
}

/** `; did you mean X?`, or `otherwise` when nothing is near. `decorate` writes the suggestion as the user would. */
export function suggestion(
  word: string,
  candidates: readonly string[],
  otherwise: string,
  decorate: (candidate: string) => string = (candidate) => candidate,
): string {
  const nearest = nearestWord(word, candidates);
  return nearest === null ? otherwise : `; did you mean ${decorate(nearest)}?`;
}
