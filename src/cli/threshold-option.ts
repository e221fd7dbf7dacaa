/** `--threshold` of a run and of a stored result: what is asked for, refused early, judged late, and told on stderr. */
import type { RunResult } from '../bench/result.ts';
import { EXIT } from '../errors.ts';
import {
  checkThreshold,
  judge,
  parseThreshold,
  THRESHOLD_FORMS,
  type Threshold,
  type ThresholdNames,
} from '../report/thresholds.ts';
import { failedThresholds } from '../report/thresholds-section.ts';
import type { OptionDefinition } from './command.ts';
import type { CliContext } from './context.ts';
import type { OptionReader } from './option-reader.ts';
import { writeText } from './streams.ts';

export const THRESHOLD_OPTION: OptionDefinition = {
  group: 'Output:',
  kind: 'value',
  isRepeatable: true,
  describe: `Exit with status 4 unless this holds: ${THRESHOLD_FORMS}`,
};

/** @throws OperatingFault (exit status 2) */
export const readThresholds = (read: OptionReader): Threshold[] =>
  (read.texts('threshold', THRESHOLD_FORMS) ?? []).map((text) => parseThreshold(text));

/** @throws OperatingFault (exit status 2) where a run without these transactions and shards is held to one of them */
export function checkThresholds(thresholds: readonly Threshold[], names: ThresholdNames): void {
  for (const threshold of thresholds) checkThreshold(threshold, names);
}

/** The result with its verdicts; without thresholds as it is. */
export const withThresholds = (result: RunResult, thresholds: readonly Threshold[]): RunResult =>
  thresholds.length === 0 ? result : { ...result, thresholds: thresholds.map((each) => judge(each, result)) };

/**
 * Says on stderr what failed. Whatever else a run ended with outweighs it: figures of a run that is inconsistent,
 * interrupted or cut off are not those that the thresholds are for.
 * @returns the exit status
 */
export async function tellThresholds(result: RunResult, status: number, { stderr }: CliContext): Promise<number> {
  const failed = failedThresholds(result);
  for (const line of failed) await writeText(stderr, `dbtest: --threshold: ${line}\n`);
  return status === EXIT.good && failed.length > 0 ? EXIT.threshold : status;
}
