/** What travels from the place of a check to the place of the verdict. */
import type { ConditionResult } from './result.ts';

/**
 * What conditions need of one partition: verdicts on what is local, and partial sums, keyed by integers, of what spans
 * partitions. Structured-cloneable.
 */
export interface PartialCheck {
  conditions: ConditionResult[];
  sums: Record<string, { keys: Float64Array; values: Float64Array }>;
}
