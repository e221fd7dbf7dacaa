/** Assertions for bugs. They stay on in every build: a benchmark that goes on after a broken invariant measures nothing. */

/** Thrown for a bug in dbtest itself, never for bad input. */
export class AssertionFailure extends Error {
  override readonly name = 'AssertionFailure';
}

/** Stops the process (through an uncaught exception) unless `condition` holds. */
export function assert(condition: boolean, message: string): asserts condition {
  if (!condition) throw new AssertionFailure(message);
}

/** Marks a branch that the types exclude. */
export function unreachable(value: never): never {
  throw new AssertionFailure(`unreachable: ${String(value)}`);
}
