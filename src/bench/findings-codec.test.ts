import { beforeAll, describe, expect, it } from 'vitest';
import { OperatingFault } from '../errors.ts';
import type { TransactionType } from './contract.ts';
import { type ProcessFindings, readFindings, readVerdict, withoutSeries } from './findings-codec.ts';
import { prepareHistograms, Recorder } from './recorder.ts';
import type { MeasuredReport } from './worker-messages.ts';

const TYPES = [{ key: 'a' }, { key: 'b', deferredLimitSeconds: 80 }] as TransactionType[];
const FRAME = { shards: 2, transactionTypes: 2 };

beforeAll(() => prepareHistograms());

function report(): MeasuredReport {
  const recorder = new Recorder(TYPES);
  recorder.restart(0);
  for (let i = 1; i <= 100; i++) recorder.commit(0, i % 3 === 0, i);
  recorder.deferredCommit(1, 5);
  return {
    measuredSeconds: 1,
    counters: { drawn: 7 },
    recorded: recorder.report(1000),
    endedByMemory: false,
    engineBytes: 100,
    deferredQueueMost: 2,
    parks: 1,
    committed: 0,
    spent: { messagesMs: 0, idleMs: 0 },
    exchange: { inDoubt: 0 },
    chaos: [{ spec: 'kill:process,at=1s', kind: 'kill', count: 0, totalMs: 0 }],
  };
}

const findings = (): ProcessFindings => ({
  reports: [report()],
  shardIds: [1],
  partials: [{ conditions: [], sums: {} }],
});

/** As it arrives in another process. */
const arrived = (data: unknown): unknown => JSON.parse(JSON.stringify(data));

function refusal(read: () => unknown): string {
  try {
    read();
  } catch (error) {
    if (!(error instanceof OperatingFault)) throw error;
    expect([error.code, error.exitStatus]).toEqual(['TRANSPORT', 5]);
    expect(error.message).toMatch(/^a process of the cluster sent findings that do not fit this run: [^\n]+; see what/);
    return error.message;
  }
  return 'accepted';
}

describe('findings on their way to another process', () => {
  it('arrive as they were, but for the series', () => {
    const sent = findings();
    const read = readFindings(arrived(withoutSeries(sent)), FRAME);
    expect(sent.reports[0]?.recorded.series).toHaveLength(1);
    expect(read).toEqual(withoutSeries(sent));
    expect(read.reports[0]?.recorded.series).toEqual([]);
  });

  const damages: [string, (sent: ProcessFindings) => void][] = [
    ['reports must be a list', (sent) => Object.assign(sent, { reports: {} })],
    [
      'reports[0].measuredSeconds must be a number',
      ({ reports }) => Object.assign(reports[0] as object, { measuredSeconds: 'x' }),
    ],
    [
      'reports[0].measuredSeconds must be above 0',
      ({ reports }) => Object.assign(reports[0] as object, { measuredSeconds: 0 }),
    ],
    [
      'reports[0].counters.drawn must be a number',
      ({ reports }) => Object.assign(reports[0]?.counters as object, { drawn: null }),
    ],
    ['reports[0].exchange must be an object', ({ reports }) => Object.assign(reports[0] as object, { exchange: [] })],
    [
      'reports[0].chaos[0].kind must be one of',
      ({ reports }) => Object.assign(reports[0]?.chaos?.[0] as object, { kind: 'x' }),
    ],
    ['reports[0] must have 2 transactions', ({ reports }) => reports[0]?.recorded.types.pop()],
    [
      'reports[0].recorded.types[1].local must be a string or null',
      ({ reports }) => Object.assign(reports[0]?.recorded.types[1] as object, { local: 7 }),
    ],
    ['there must be a shard for each report', ({ shardIds }) => shardIds.pop()],
    ['shard 2 is not in the cluster', ({ shardIds }) => shardIds.splice(0, 1, 2)],
    ['shard 0.5 is not in the cluster', ({ shardIds }) => shardIds.splice(0, 1, 0.5)],
    ['partials must be a list', (sent) => Object.assign(sent, { partials: 'x' })],
  ];
  it.each(damages)('are refused: %s', (expected, damage) => {
    const sent = findings();
    damage(sent);
    expect(refusal(() => readFindings(arrived(sent), FRAME))).toContain(`: ${expected}`);
  });

  it.each([null, 7, 'x', []])('are refused where they are %j', (data) => {
    expect(refusal(() => readFindings(data, FRAME))).toContain('all of it must be an object');
  });

  it('are refused with a histogram that does not decode, before it takes any memory', () => {
    const sent = findings();
    const [type] = (sent.reports[0] as MeasuredReport).recorded.types;
    const good = type?.local as string;
    for (const local of ['', 'AAAA', '*', good.slice(0, 60), `${good.slice(0, 40)}AAAA${good.slice(44)}`]) {
      Object.assign(type as object, { local });
      expect(refusal(() => readFindings(arrived(sent), FRAME))).toContain(
        'reports[0] has a histogram that does not decode',
      );
    }
  });
});

describe('a verdict on its way back', () => {
  const condition = { id: '1', title: 'one', passed: true, checkedRows: 1, violationCount: 0, violations: [] };

  it('arrives as it was', () => {
    const verdict = { conditions: [condition], processes: 3 };
    expect(readVerdict(arrived(verdict))).toEqual(verdict);
  });

  it.each([
    [null, 'all of it must be an object'],
    [{ conditions: [], processes: '3' }, 'processes must be a number'],
    [{ conditions: [{ ...condition, violations: [7] }], processes: 3 }, 'conditions[0].violations[0] must be a string'],
  ])('is refused: %j', (verdict, expected) => {
    expect(refusal(() => readVerdict(verdict))).toContain(expected);
  });
});
