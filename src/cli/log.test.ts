import { describe, expect, it } from 'vitest';
import { sampleMeasurement } from '../report/live/testing/sample-progress.ts';
import { TestTerminal } from '../report/live/testing/terminal.ts';
import type { OutputStream } from './context.ts';
import { Log, type LogOptions } from './log.ts';
import { CapturedStream } from './testing/fake-context.ts';

type Env = Record<string, string | undefined>;

function newLog(options: Partial<LogOptions> & { env?: Env; isTTY?: boolean } = {}) {
  const stream = new CapturedStream();
  stream.isTTY = options.isTTY ?? false;
  return { stream, ...logOn(stream, options) };
}

function logOn(stderr: OutputStream, { env = {}, ...options }: Partial<LogOptions> & { env?: Env } = {}) {
  const clock = { nowMs: 0 };
  return { clock, log: new Log({ stderr, env, nowMs: () => clock.nowMs }, { quiet: false, ...options }) };
}

function onTerminal(columns = 100, rows = 20, options: Partial<LogOptions> & { env?: Env } = {}) {
  const terminal = new TestTerminal(columns, rows);
  return { terminal, ...logOn(terminal as unknown as OutputStream, options) };
}

const load = (rows: number) => ({ phase: 'load' as const, rows, rowsExpected: 100, elapsedSeconds: 1 });

describe('the log', () => {
  it('writes lines', () => {
    const { log, stream } = newLog();
    log.line('one');
    log.line('two');
    expect(stream.text).toBe('one\ntwo\n');
  });

  it('says nothing when quiet', () => {
    const { log, stream } = newLog({ quiet: true, isTTY: true });
    log.line('one');
    log.progress(load(50));
    log.close();
    expect(stream.text).toBe('');
  });

  it.each([true, false])('stays alone without progress (on a terminal: %j)', (isTTY) => {
    const { log, stream, clock } = newLog({ showsProgress: false, isTTY });
    log.line('one');
    for (; clock.nowMs < 20_000; clock.nowMs += 1000) log.progress(load(50));
    log.close();
    expect(stream.text).toBe('one\n');
  });

  it('outlives a stderr that nobody reads', () => {
    const { log, stream } = newLog({ isTTY: true });
    stream.failWith = 'EPIPE';
    log.line('one');
    log.progress(load(50));
  });
});

describe('progress on a terminal', () => {
  it('is redrawn below the log, not too often, and leaves nothing', () => {
    const { log, terminal, clock } = onTerminal();
    log.line('a line');
    log.progress(load(50));
    expect(terminal.lines).toEqual(['a line', expect.stringContaining('50%')]);
    clock.nowMs = 50;
    log.progress(load(60));
    expect(terminal.lines[1]).toContain('50%');
    clock.nowMs = 150;
    log.progress(load(70));
    log.line('another');
    expect(terminal.lines).toEqual(['a line', 'another', expect.stringContaining('70%')]);
    log.close();
    expect(terminal.lines).toEqual(['a line', 'another']);
    expect(terminal.isAtFreshLine).toBe(true);
  });

  it('changes with the phase at once, and goes where a phase has none', () => {
    const { log, terminal } = onTerminal();
    log.progress(load(50));
    log.progress(sampleMeasurement(2));
    expect(terminal.lines).toHaveLength(6);
    log.progress({ phase: 'check' });
    expect(terminal.lines).toEqual(['']);
  });

  it('leaves the last column and the last row free', () => {
    const { log, terminal } = onTerminal(60, 8);
    log.progress(sampleMeasurement(20));
    expect(terminal.lines).toHaveLength(7);
    expect(Math.max(...terminal.lines.map((line) => line.length))).toBeLessThan(60);
    // What has left a terminal that became lower is out of reach.
    terminal.resize(100, 6);
    expect(terminal.lines.slice(-4)[0]).toMatch(/^Measuring/);
    expect(terminal.lines.at(-1)).toMatch(/^ {2}all/);
  });

  it('is in colour unless NO_COLOR is set', () => {
    for (const [env, hasColour] of [
      [{}, true],
      [{ NO_COLOR: '1' }, false],
    ] as [Env, boolean][]) {
      const { log, stream } = newLog({ isTTY: true, env });
      log.progress(load(50));
      expect(stream.text.includes('\u001b[1m')).toBe(hasColour);
    }
  });
});

describe('progress elsewhere', () => {
  it.each([{ isTTY: false }, { isTTY: true, env: { TERM: 'dumb' } }])(
    'is a line now and then, ever more rarely: %j',
    (options) => {
      const { log, stream, clock } = newLog(options);
      const writtenAtSeconds: number[] = [];
      for (let second = 0; second <= 600; second++) {
        clock.nowMs = second * 1000;
        const before = stream.text;
        log.progress(sampleMeasurement(2));
        if (stream.text !== before) writtenAtSeconds.push(second);
      }
      expect(writtenAtSeconds.slice(0, 6)).toEqual([5, 10, 15, 20, 25, 32]);
      expect(writtenAtSeconds.slice(-3)).toEqual([423, 483, 543]);
      expect(stream.text).toMatch(/^(Measuring: 50%, [^\n]+\n)+$/);
      expect(stream.text).not.toContain('\u001b');
    },
  );

  it('begins anew with each phase', () => {
    const { log, stream, clock } = newLog();
    log.progress(load(0));
    clock.nowMs = 4000;
    log.progress({ ...sampleMeasurement(1), phase: 'warmup' });
    clock.nowMs = 8999;
    log.progress({ ...sampleMeasurement(1), phase: 'warmup' });
    expect(stream.text).toBe('');
    clock.nowMs = 9000;
    log.progress({ ...sampleMeasurement(1), phase: 'warmup' });
    expect(stream.text).toMatch(/^Warming up: 50%/);
  });
});
