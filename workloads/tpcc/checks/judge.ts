import type { ConditionResult, } from '../../../src/bench/result.ts'; export function judge(..._a: unknown[]): ConditionResult[] { return []; }
