import { describe, expect, it } from 'vitest';
import { Log } from './log.ts';
import { CapturedStream } from './testing/fake-context.ts';

const CLEAR = '\r\u001b[2K';

function newLog(options: { isTTY?: boolean; quiet?: boolean; columns?: number; terminal?: string } = {}) {
  const stream = new CapturedStream();
  stream.isTTY = options.isTTY ?? false;
  stream.columns = options.columns ?? 100;
  const clock = { nowMs: 0 };
  const log = new Log(stream, options.quiet ?? false, options.terminal, () => clock.nowMs);
  return { log, stream, clock };
}

const half = { phase: 'load', fraction: 0.5, detail: '10 rows/s' };

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
    log.progress(half);
    log.clearProgress();
    expect(stream.text).toBe('');
  });

  it('outlives a stderr that nobody reads', () => {
    const { log, stream } = newLog({ isTTY: true });
    stream.failWith = 'EPIPE';
    log.line('one');
    log.progress(half);
  });
});

describe('progress on a terminal', () => {
  it('is one line, redrawn not too often, removed for the log', () => {
    const { log, stream, clock } = newLog({ isTTY: true });
    log.progress(half);
    expect(stream.text).toBe(`${CLEAR}load     [##########..........]  50%  10 rows/s`);
    clock.nowMs = 50;
    log.progress({ ...half, fraction: 0.6 });
    expect(stream.text).not.toContain('60%');
    clock.nowMs = 150;
    log.progress({ ...half, fraction: 1.7 });
    expect(stream.text).toContain('[####################] 100%');
    stream.text = '';
    log.line('a line');
    log.clearProgress();
    expect(stream.text).toBe(`${CLEAR}a line\n`);
  });

  it('is drawn where the terminal does not know its width', () => {
    const { log, stream } = newLog({ isTTY: true, columns: 0 });
    log.progress(half);
    expect(stream.text).toContain('50%');
  });

  it('never wraps', () => {
    const { log, stream } = newLog({ isTTY: true, columns: 20 });
    log.progress({ ...half, detail: 'x'.repeat(100) });
    expect(stream.text.replace(CLEAR, '').length).toBe(19);
  });
});

describe('progress elsewhere', () => {
  it.each([{ isTTY: false }, { isTTY: true, terminal: 'dumb' }])(
    'is a line now and then, and one a phase: %j',
    (options) => {
      const { log, stream, clock } = newLog(options);
      for (let second = 0; second < 11; second++) {
        clock.nowMs = second * 1000;
        log.progress({ ...half, fraction: second / 20 });
      }
      log.progress({ ...half, phase: 'measure', fraction: 0 });
      expect(stream.text.split('\n').map((line) => line.trim())).toEqual([
        'load       0%  10 rows/s',
        'load      25%  10 rows/s',
        'load      50%  10 rows/s',
        'measure    0%  10 rows/s',
        '',
      ]);
      expect(stream.text).not.toContain('\u001b');
    },
  );
});
