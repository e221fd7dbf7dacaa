import { describe, expect, it } from 'vitest';
import { droppedFrames, inWords, renderDrops, renderMessageCounters } from './message-counters.ts';
import { sampleResult } from './testing/sample-result.ts';

const style = { colour: false, width: 140 };

const COUNTERS = {
  connectionsAccepted: 3,
  connectionsRefused: 1000,
  framesIn: 1_234_567,
  framesOut: 1_234_000,
  bytesIn: 123_400_000,
  bytesOut: 98_700,
  batchesIn: 400_000,
  batchesOut: 500_000,
  wakesSent: 8123,
  wakesSuppressed: 999_999,
  parks: 4321,
  ringFullSpills: 12,
  frameDropsTotal: 0,
  fragmentsExecuted: 205_000,
  fragmentConflicts: 17,
  retriesMost: 3,
  inDoubt: 0,
  dropsBy_wrongLength: 0,
  engineBytes: 5,
};

describe('renderMessageCounters', () => {
  it('shows every counter of messages', () => {
    expect(renderMessageCounters(style, COUNTERS)).toEqual([
      '  messages      1,234,567 frames in, 1,234,000 out; 123.4 MB in, 98.7 kB out; 400,000 batches in, 500,000 out; 2.5 frames a batch',
      '  connections   3 accepted, 1,000 refused',
      '  waits         4,321 parks; 8,123 wakes sent, 999,999 suppressed; 12 spills of a full ring',
      '  fragments     205,000 executed for others, 17 met a conflict; at most 3 retries of a transaction; 0 in doubt',
    ]);
  });

  it('shows those that are present', () => {
    expect(renderMessageCounters(style, {})).toEqual([]);
    expect(renderMessageCounters(style, { engineBytes: 5, frameDropsTotal: 0 })).toEqual([]);
    expect(renderMessageCounters(style, { parks: 3 })).toEqual(['  waits         3 parks']);
    expect(renderMessageCounters(style, { framesOut: 4, batchesOut: 0, bytesIn: 2000, inDoubt: 1 })).toEqual([
      '  messages      4 frames out; 2.0 kB in; 0 batches out',
      '  fragments     1 in doubt',
    ]);
  });

  it('marks fragments in doubt', () => {
    const coloured = { ...style, colour: true };
    expect(renderMessageCounters(coloured, COUNTERS).join('')).not.toContain('\u001b');
    const lines = renderMessageCounters(coloured, { ...COUNTERS, inDoubt: 2 });
    expect(lines.map((line) => line.includes('\u001b[33m'))).toEqual([false, false, false, true]);
  });
});

describe('renderDrops', () => {
  it('is silent in a healthy run', () => {
    expect(renderDrops(style, COUNTERS)).toEqual([]);
    expect(renderDrops(style, {})).toEqual([]);
  });

  it('names the reasons, the commonest first', () => {
    const counters = { frameDropsTotal: 1234, dropsBy_wrongLength: 4, dropsBy_unknownType: 1230, dropsBy_tooLarge: 0 };
    expect(renderDrops(style, counters)).toEqual(['  1,234 frames were dropped: unknown type 1,230, wrong length 4']);
    expect(renderDrops(style, { frameDropsTotal: 1 })).toEqual(['  1 frame was dropped']);
    expect(renderDrops({ ...style, colour: true }, counters)[0]).toContain('\u001b[31m');
  });

  it('is counted over the shards of the process', () => {
    const result = sampleResult();
    expect(droppedFrames(result)).toBe(0);
    Object.assign(result.shards[0]?.counters ?? {}, { frameDropsTotal: 2 });
    Object.assign(result.shards[1] ?? {}, { counters: {} });
    expect(droppedFrames(result)).toBe(2);
  });
});

describe('inWords', () => {
  it.each([
    ['peerLost', 'peer lost'],
    ['wrong-length', 'wrong length'],
    ['unknown_type', 'unknown type'],
    ['peer', 'peer'],
  ])('%s', (name, expected) => {
    expect(inWords(name)).toBe(expected);
  });
});
