/** Stored comparisons, read back: whatever a file holds is a `ComparisonResult`, or one line that says why it is none. */
import { COMPARISON_SCHEMA_VERSION, type ComparisonResult } from '../compare/comparison.ts';
import { EXIT, OperatingFault } from '../errors.ts';
import { mismatch, type Shape } from '../shape.ts';
import { COMPARISON_ENDS, VERDICT_TONES } from './comparison-report.ts';
import { RUN_RESULT, withLaterKeys } from './result-shape.ts';

const COMPARISON: Shape = {
  keys: {
    dbtestVersion: 'string',
    endedBy: 'string',
    precisionPct: 'number',
    host: { keys: { cpu: 'string', cores: 'number', memoryBytes: 'number', node: 'string' } },
    variants: {
      listOf: {
        keys: {
          label: 'string',
          describe: 'string',
          runs: {
            listOf: {
              keys: {
                seed: 'number',
                startedAt: 'string',
                endedBy: 'string',
                consistent: 'boolean or null',
                figures: { valuesOf: 'number or null' },
              },
            },
          },
          typicalRun: RUN_RESULT,
        },
      },
    },
    comparisons: {
      listOf: {
        keys: {
          a: 'string',
          b: 'string',
          title: 'string',
          pairs: 'number',
          metric: 'string',
          verdict: { keys: { kind: 'string', morePairs: { optional: 'number' } } },
          metrics: {
            listOf: {
              keys: {
                key: 'string',
                title: 'string',
                unit: 'string',
                better: 'string',
                medianA: 'number',
                medianB: 'number',
                ratio: 'number',
                interval: { orNull: { keys: { low: 'number', high: 'number' } } },
              },
            },
          },
          differences: { listOf: { keys: { key: 'string', a: 'string', b: 'string' } } },
        },
      },
    },
    notes: { listOf: 'string' },
  },
};

const UNITS: readonly string[] = ['tx/s', 'us'];
const BETTER: readonly string[] = ['higher', 'lower'];

/** Whether a JSON text says of itself that `dbtest compare` wrote it. */
export function isComparison(text: string): boolean {
  try {
    return (JSON.parse(text) as { kind?: unknown } | null)?.kind === 'comparison';
  } catch {
    return false;
  }
}

/**
 * @param text of one comparison, which `isComparison` knew
 * @param source names it in messages, e.g. a path
 * @throws OperatingFault FILE (exit status 2) when it is damaged, or was written by a newer dbtest
 */
export function parseComparison(text: string, source: string): ComparisonResult {
  const data = JSON.parse(text) as { schemaVersion?: unknown };
  const { schemaVersion } = data;
  if (typeof schemaVersion !== 'number') throw damaged(source, 'it has no schemaVersion');
  if (schemaVersion > COMPARISON_SCHEMA_VERSION) {
    const reads = `this dbtest reads up to ${COMPARISON_SCHEMA_VERSION}`;
    throw refused(
      source,
      `the comparison has schema version ${schemaVersion}, and ${reads}; use the dbtest that wrote it, or a newer one`,
    );
  }
  const problem = mismatch(data, COMPARISON, '', 'the file') ?? contradiction(data as ComparisonResult);
  if (problem !== null) throw damaged(source, problem);
  const comparison = data as ComparisonResult;
  return {
    ...comparison,
    variants: comparison.variants.map((variant) => ({ ...variant, typicalRun: withLaterKeys(variant.typicalRun) })),
  };
}

/** The first value that no comparison has, although it has the right type. */
function contradiction({ endedBy, variants, comparisons }: ComparisonResult): string | null {
  if (!Object.hasOwn(COMPARISON_ENDS, endedBy)) return `endedBy must be one of ${words(COMPARISON_ENDS)}`;
  const labels = variants.map(({ label }) => label);
  for (const [i, { a, b, verdict, metrics }] of comparisons.entries()) {
    const at = `comparisons[${i}]`;
    for (const [key, label] of Object.entries({ a, b })) {
      if (!labels.includes(label)) return `${at}.${key} must be the label of a variant`;
    }
    if (!Object.hasOwn(VERDICT_TONES, verdict.kind)) return `${at}.verdict.kind must be one of ${words(VERDICT_TONES)}`;
    if (verdict.kind === 'too noisy' && verdict.morePairs === undefined)
      return `${at}.verdict.morePairs must be a number`;
    for (const [k, { unit, better }] of metrics.entries()) {
      if (!UNITS.includes(unit)) return `${at}.metrics[${k}].unit must be one of ${UNITS.join(', ')}`;
      if (!BETTER.includes(better)) return `${at}.metrics[${k}].better must be one of ${BETTER.join(', ')}`;
    }
  }
  return null;
}

const words = (record: object): string => Object.keys(record).join(', ');

const damaged = (source: string, reason: string): OperatingFault =>
  refused(source, `no result of dbtest compare --json: ${reason}`);

const refused = (source: string, reason: string): OperatingFault =>
  new OperatingFault('FILE', EXIT.usage, `cannot read ${source}: ${reason}`);
