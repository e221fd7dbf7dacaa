/** Makes a failing input small: removes pieces of it, then makes bytes plain, for as long as it fails (Zeller, "ddmin"). */

/** Ends the search. */
export interface Budget {
  attempts: number;
  deadlineMs: number;
}

const PLAIN_BYTES = [0, 0x20, 0x30, 0x61];

/**
 * @param unitBytes of what an input is a list of: whole ones are removed first
 * @param fails whether an input still fails in the same way
 * @returns the smallest failing input that was found within the budget
 */
export async function minimise(
  input: Uint8Array,
  unitBytes: number,
  fails: (candidate: Uint8Array) => boolean | Promise<boolean>,
  budget: Budget,
): Promise<Uint8Array> {
  let smallest = input;
  let attempts = 0;
  const isOver = () => attempts >= budget.attempts || performance.now() >= budget.deadlineMs;
  const takes = async (candidate: Uint8Array): Promise<boolean> => {
    attempts++;
    if (!(await fails(candidate))) return false;
    smallest = candidate;
    return true;
  };
  /** The next smaller piece: whole units as long as there are some. */
  const halfOf = (sizeBytes: number): number => {
    const half = Math.ceil(sizeBytes / 2);
    return sizeBytes > unitBytes ? Math.ceil(half / unitBytes) * unitBytes : half;
  };
  let pieceBytes = halfOf(input.length);
  while (pieceBytes >= 1 && !isOver()) {
    let removed = false;
    for (let at = 0; at < smallest.length && !isOver(); ) {
      const candidate = Buffer.concat([smallest.subarray(0, at), smallest.subarray(at + pieceBytes)]);
      if (await takes(candidate)) removed = true;
      else at += pieceBytes;
    }
    if (removed) continue;
    if (pieceBytes === 1) break;
    const half = halfOf(pieceBytes);
    pieceBytes = half < pieceBytes ? half : Math.ceil(pieceBytes / 2);
  }
  for (let at = 0; at < smallest.length && !isOver(); at++) {
    for (const plain of PLAIN_BYTES) {
      if (smallest[at] === plain) break;
      const candidate = Uint8Array.from(smallest);
      candidate[at] = plain;
      if (await takes(candidate)) break;
    }
  }
  return smallest;
}
