/**
 * What the processes of a run tell each other of their findings, as plain data. It comes from other processes, so it may be
 * anything: what does not hold is refused before a figure is made of it.
 */
import { inflateSync } from 'node:zlib';
import { encodeIntoCompressedBase64 } from 'hdr-histogram-js';
import { EXIT, OperatingFault } from '../errors.ts';
import { mismatch, type Shape } from '../shape.ts';
import { CONDITION, type encodePartial } from './partial-codec.ts';
import { decodeHistogram, newHistogram } from './recorder.ts';
import type { ConditionResult } from './result.ts';
import type { MeasuredReport } from './worker-messages.ts';

/** What a process tells the leader. */
export interface ProcessFindings {
  reports: MeasuredReport[];
  /** By report, the shard of its worker. */
  shardIds: number[];
  partials: ReturnType<typeof encodePartial>[] | null;
}

/** What the leader makes of it. */
export interface Verdict {
  conditions: ConditionResult[];
  processes: number;
}

/** What findings must fit. */
export interface FindingsFrame {
  /** Of the whole cluster, 0 to n - 1. */
  shards: number;
  transactionTypes: number;
}

const numbers = (...keys: string[]): Record<string, Shape> =>
  Object.fromEntries(keys.map((key) => [key, 'number' as const]));

const KINDS_MS: Shape = { listOf: 'number' };

const TYPE_REPORT: Shape = {
  keys: {
    ...numbers('commits', 'userAborts', 'conflictAborts', 'failed', 'failedByDoubt'),
    ...numbers('localCommits', 'crossShardCommits', 'deferredCompleted'),
    local: 'string or null',
    crossShard: 'string or null',
    deferred: 'string or null',
    times: { keys: { local: KINDS_MS, crossShard: KINDS_MS, deferred: KINDS_MS } },
  },
};

const FINDINGS: Shape = {
  keys: {
    reports: {
      listOf: {
        keys: {
          ...numbers('measuredSeconds', 'engineBytes', 'deferredQueueMost', 'parks', 'committed'),
          spent: { keys: numbers('messagesMs', 'idleMs') },
          log: {
            optional: {
              keys: numbers('records', 'recordBytes', 'unacknowledgedMost', 'turnsHeldBack', 'lastEpoch'),
            },
          },
          endedByMemory: 'boolean',
          counters: { valuesOf: 'number' },
          exchange: { valuesOf: 'number' },
          recorded: { keys: { types: { listOf: TYPE_REPORT } } },
          chaos: {
            optional: {
              listOf: {
                keys: {
                  ...numbers('count', 'totalMs'),
                  firstMs: { optional: 'number' },
                  lastMs: { optional: 'number' },
                  spec: 'string',
                  kind: { oneOf: ['pause', 'delay', 'kill', 'stop'] },
                },
              },
            },
          },
        },
      },
    },
    shardIds: { listOf: 'number' },
    // Their numbers are looked at where they are decoded.
    partials: { orNull: { listOf: { keys: {} } } },
  },
};

const VERDICT: Shape = { keys: { conditions: { listOf: CONDITION }, processes: 'number' } };

/**
 * As it goes to the leader. Without the series: every process shows those of its own shards, and over a long run they would
 * be more than a message may hold.
 */
export const withoutSeries = ({ reports, ...rest }: ProcessFindings): ProcessFindings => ({
  ...rest,
  reports: reports.map((report) => ({ ...report, recorded: { ...report.recorded, series: [] } })),
});

/**
 * @param data as it came from another process
 * @throws OperatingFault TRANSPORT (exit status 5) where it is nothing that `withoutSeries` made in a run like this one
 */
export function readFindings(data: unknown, { shards, transactionTypes }: FindingsFrame): ProcessFindings {
  const problem = mismatch(data, FINDINGS, '', 'all of it');
  if (problem !== null) throw refusal(problem);
  const { reports, shardIds, partials } = data as ProcessFindings;
  if (shardIds.length !== reports.length) throw refusal('there must be a shard for each report');
  const stray = shardIds.find((shardId) => !Number.isInteger(shardId) || shardId < 0 || shardId >= shards);
  if (stray !== undefined) throw refusal(`shard ${stray} is not in the cluster`);
  for (const [i, { recorded, measuredSeconds }] of reports.entries()) {
    const { types } = recorded;
    if (!(measuredSeconds > 0)) throw refusal(`reports[${i}].measuredSeconds must be above 0`);
    if (types.length !== transactionTypes) throw refusal(`reports[${i}] must have ${transactionTypes} transactions`);
    for (const { local, crossShard, deferred } of types) {
      for (const text of [local, crossShard, deferred]) if (text !== null) checkHistogram(text, `reports[${i}]`);
    }
  }
  return withoutSeries({ reports, shardIds, partials });
}

/**
 * @param data as the leader said it
 * @throws OperatingFault TRANSPORT (exit status 5) where it is no verdict
 */
export function readVerdict(data: unknown): Verdict {
  const problem = mismatch(data, VERDICT, '', 'all of it');
  if (problem !== null) throw refusal(problem);
  return data as Verdict;
}

/** Before the compressed part: cookie and length. */
const ENCODING_HEADER_BYTES = 8;
/** Of the inflated part: everything before the counts but the cookie, the length and the index offset. */
const SETTINGS_BYTES = [12, 32] as const;
/** Counts take at most nine bytes each; what inflates to more is none of ours. */
const INFLATED_BYTES_MAX = 2 ** 20;

let ownSettings: Buffer | null = null;

/** Its settings first: the library would take memory for whatever range they say. */
function checkHistogram(text: string, where: string): void {
  try {
    ownSettings ??= settingsOf(encodeIntoCompressedBase64(newHistogram()));
    if (settingsOf(text).equals(ownSettings)) {
      decodeHistogram(text).destroy();
      return;
    }
  } catch {
    // Whatever the library says of it: it does not decode.
  }
  throw refusal(`${where} has a histogram that does not decode`);
}

const settingsOf = (text: string): Buffer =>
  inflateSync(Buffer.from(text, 'base64').subarray(ENCODING_HEADER_BYTES), {
    maxOutputLength: INFLATED_BYTES_MAX,
  }).subarray(...SETTINGS_BYTES);

const refusal = (what: string): OperatingFault =>
  new OperatingFault(
    'TRANSPORT',
    EXIT.connection,
    `a process of the cluster sent findings that do not fit this run: ${what}; see what runs at the other addresses`,
  );
