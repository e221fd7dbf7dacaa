/**
 * A setting of V8's optimising compiler for the whole process, made before any worker thread runs.
 *
 * The procedures of a workload call many small functions of the engine; with V8's default budget for inlining a part of
 * them stays calls. Measured here on Node 20: full TPC-C runs 1.12 times as fast with the larger budget, and no faster
 * with a still larger one.
 */
import { setFlagsFromString } from 'node:v8';

/** Bytecodes that may be inlined into one function; V8's own limit is 920. */
const INLINED_BYTECODES = 3000;

/** Raises the budget for inlining. A V8 that does not know the flag ignores it. */
export function raiseInliningBudget(): void {
  setFlagsFromString(`--max-inlined-bytecode-size-cumulative=${INLINED_BYTECODES}`);
}
