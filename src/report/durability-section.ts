/** How a run's commits were made durable, as lines and as rows of the page: the log, its syncs, snapshots, and the recovery before it. */
import type { RunResult } from '../bench/result.ts';
import { formatBytes, formatCount, formatFixed, formatRate, plural } from './format.ts';
import { labelled, type ReportStyle } from './style.ts';

/** Names and texts; none for a run without durability. */
export function durabilityFacts({ durability, config, totals }: RunResult): [string, string][] {
  if (durability === undefined) return [];
  const { mode, epochMs, dataDir } = config.durability ?? { mode: 'epoch', epochMs: 0, dataDir: '' };
  const { snapshots, recovery, syncMs } = durability;
  const groups = mode === 'sync' ? 'groups as small as the disk allows' : `epochs of ${epochMs} ms`;
  const facts: [string, string][] = [
    ['mode', `${mode}: ${groups}, in ${dataDir}`],
    [
      'rates',
      `${formatRate(durability.commitPointTps)} tx/s at the commit point, ${formatRate(totals.persistThroughputTps)} tx/s acknowledged`,
    ],
    [
      'log',
      `${formatBytes(durability.logBytes)} in ${plural(durability.epochs, 'epoch')}, ${formatFixed(durability.bytesPerRecord, 0)} bytes a record ` +
        `(${formatCount(durability.records)} records)`,
    ],
    [
      'disk',
      `${formatCount(durability.syncs)} syncs; writing and syncing an epoch took ${formatFixed(syncMs.mean, 2)} ms on average, ${formatFixed(syncMs.longest, 1)} ms at most`,
    ],
    [
      'waiting',
      `at most ${formatCount(durability.unacknowledgedMost)} transactions of a worker unacknowledged at once` +
        `${durability.turnsHeldBack === 0 ? '' : `; workers admitted nothing in ${formatCount(durability.turnsHeldBack)} turns, since the disk was behind`}`,
    ],
  ];
  if (snapshots.length > 0) {
    const seconds = snapshots.reduce((sum, each) => sum + each.seconds, 0);
    const sizeBytes = snapshots.reduce((sum, each) => sum + each.sizeBytes, 0);
    const dropped = snapshots.reduce((sum, each) => sum + each.droppedLogBytes, 0);
    facts.push([
      'snapshots',
      `${snapshots.length} beside the workers, which did not stop: ${formatBytes(sizeBytes)} in ${formatFixed(seconds, 1)} s, ${formatBytes(dropped)} of log dropped`,
    ]);
  }
  if (recovery !== undefined) {
    facts.push([
      'recovered',
      `in ${formatFixed(recovery.seconds, 2)} s: snapshots of epoch ${formatCount(recovery.snapshotEpoch)}, ${plural(recovery.recordsApplied, 'log record')} up to epoch ` +
        `${formatCount(recovery.cutEpoch)}, ${formatCount(recovery.recordsDiscarded)} above it discarded, ${recovery.tornBytes === 0 ? 'no torn tail' : `${formatCount(recovery.tornBytes)} torn bytes cut`}`,
    ]);
  }
  return facts;
}

export const renderDurability = (style: ReportStyle, result: RunResult): string[] =>
  durabilityFacts(result).flatMap(([name, text]) => labelled(style, name, text));
