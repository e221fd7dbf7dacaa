/**
 * Whole latency histograms in the HdrHistogram log format (1.3), for the public tools that read it: HistogramLogProcessor,
 * HistogramLogAnalyzer, the plotters. Runs in the main thread after the measurement.
 *
 * One line for each transaction of each shard, over the whole measurement: these are the histograms that the percentiles of
 * the report come from, and the workers pay nothing for them. Encoding one for each second would cost a worker time within
 * the measurement, and its tail would show it; the course over time is in the series instead.
 *
 * The lines are written here and not by the library's log writer, which has no base time and leaves a blank line behind the
 * start time.
 */
import { deflateSync, inflateSync } from 'node:zlib';
import { encodeIntoCompressedBase64, type Histogram } from 'hdr-histogram-js';
import { assert } from '../assert.ts';
import { AtomicFile } from '../atomic-file.ts';
import type { RunResult } from '../bench/result.ts';
import type { ShardHistogram } from '../bench/shard-histograms.ts';

const NS_PER_MS = 1e6;
/** A tag ends at a comma, and some readers split lines at spaces. */
const TAG_PATTERN = /^[^\s,="]+$/;

/** Before the compressed payload: cookie and length, big-endian 32-bit integers each. */
const COMPRESSED_HEADER_BYTES = 8;
const LENGTH_OFFSET = 4;
/** In the payload: index offset (32-bit integer) and conversion ratio (64-bit float), big-endian. */
const NORMALIZING_OFFSET = 8;
const RATIO_OFFSET = 32;

/**
 * The text of the log. Values are nanoseconds, as the tools take them by default; the column of maxima is in milliseconds.
 * @param histograms of the run that the result tells of
 */
export function renderHistogramLog(result: RunResult, histograms: readonly ShardHistogram[]): string {
  const startedAt = result.measurementStartedAt ?? result.startedAt;
  const startSeconds = (Date.parse(startedAt) / 1000).toFixed(3);
  const { name } = result.config.workload;
  const lengthSeconds = result.phases.measuredSeconds.toFixed(3);
  return [
    `#[dbtest ${result.dbtestVersion}, workload ${name}, seed ${result.seed}]`,
    '#[Latencies in nanoseconds, Interval_Max in milliseconds; a line for each transaction of each shard of this process,',
    '# over the whole measurement. Tags: shardN.TRANSACTION, and shardN.TRANSACTION.deferred for deferred executions]',
    '#[Histogram log format version 1.3]',
    `#[BaseTime: ${startSeconds} (seconds since epoch)]`,
    `#[StartTime: ${startSeconds} (seconds since epoch), ${startedAt}]`,
    '"StartTimestamp","Interval_Length","Interval_Max","Interval_Compressed_Histogram"',
    ...histograms.map((each) => {
      const maxMs = (each.histogram.maxValue / NS_PER_MS).toFixed(6);
      return `Tag=${tagOf(each)},0.000,${lengthSeconds},${maxMs},${encode(each.histogram)}`;
    }),
    '',
  ].join('\n');
}

/**
 * Writes the log to `path`, complete or not at all.
 * @throws OperatingFault FILE
 */
export function writeHistogramLog(result: RunResult, histograms: readonly ShardHistogram[], path: string): void {
  const text = renderHistogramLog(result, histograms);
  const file = AtomicFile.open(path);
  file.write(text);
  file.commit();
}

function tagOf({ shardId, transaction, deferred }: ShardHistogram): string {
  const tag = `shard${shardId}.${transaction}${deferred ? '.deferred' : ''}`;
  assert(TAG_PATTERN.test(tag), `a log cannot have the tag ${tag}`);
  return tag;
}

/**
 * The V2 compressed encoding in base64. The library writes an index offset of 1, and the conversion ratio as an integer; the
 * reference implementation writes 0 and the float 1 for what it has recorded, and readers that apply the offset would take
 * each value for its neighbour.
 */
function encode(histogram: Histogram): string {
  const encoded = Buffer.from(encodeIntoCompressedBase64(histogram), 'base64');
  const payload = inflateSync(encoded.subarray(COMPRESSED_HEADER_BYTES));
  payload.writeInt32BE(0, NORMALIZING_OFFSET);
  payload.writeDoubleBE(1, RATIO_OFFSET);
  const compressed = deflateSync(payload);
  const header = Buffer.from(encoded.subarray(0, COMPRESSED_HEADER_BYTES));
  header.writeInt32BE(compressed.length, LENGTH_OFFSET);
  return Buffer.concat([header, compressed]).toString('base64');
}
