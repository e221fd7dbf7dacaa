/** When a comparison fails: `--fail-if slower:5%`. */
import { parseDecimal } from '../config/numbers.ts';
import type { Comparison } from './comparison.ts';

export type FailCondition = { kind: 'slower' | 'faster'; byPct: number } | { kind: 'too-noisy' };

export const FAIL_FORMS = 'slower, slower:5%, faster:5%, too-noisy, or several of them with commas';

/** @returns null where the text is none of the forms */
export function parseFailConditions(text: string): FailCondition[] | null {
  const conditions = text.split(',').map((part) => parseCondition(part.trim()));
  return conditions.every((condition) => condition !== null) ? conditions : null;
}

function parseCondition(text: string): FailCondition | null {
  if (text === 'too-noisy') return { kind: 'too-noisy' };
  const parts = /^(slower|faster)(?::(\d+(?:\.\d+)?)%)?$/.exec(text);
  if (parts === null) return null;
  const byPct = parseDecimal(parts[2] ?? '0');
  return byPct === null ? null : { kind: parts[1] as 'slower' | 'faster', byPct };
}

/**
 * Why the comparison fails, or null. A difference counts when the verdict calls it one and its ratio is at least that far
 * from 1: noise alone fails nothing.
 */
export function failureOf(comparison: Comparison, conditions: readonly FailCondition[]): string | null {
  const { verdict, a, b, metrics } = comparison;
  for (const condition of conditions) {
    if (condition.kind === 'too-noisy') {
      if (verdict.kind === 'too noisy') return `${b} beside ${a}: too noisy for a verdict`;
      continue;
    }
    const awayPct = Math.abs((metrics[0]?.ratio ?? 1) - 1) * 100;
    if (verdict.kind === condition.kind && awayPct >= condition.byPct) {
      const limit = condition.byPct === 0 ? '' : `, and ${condition.byPct}% fails`;
      return `${b} is ${awayPct.toFixed(1)}% ${condition.kind} than ${a}${limit}`;
    }
  }
  return null;
}
