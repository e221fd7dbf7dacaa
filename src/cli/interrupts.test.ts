import { EventEmitter } from 'node:events';
import { describe, expect, it } from 'vitest';
import { watchInterrupts } from './interrupts.ts';

function watched() {
  const signals = new EventEmitter();
  const seen: string[] = [];
  const clock = { nowMs: 0 };
  const stop = watchInterrupts(
    signals,
    () => clock.nowMs,
    () => seen.push('first'),
    () => seen.push('second'),
  );
  return { signals, seen, clock, stop };
}

describe('watchInterrupts', () => {
  it('tells the first from the second', () => {
    const { signals, seen, clock } = watched();
    signals.emit('SIGINT');
    clock.nowMs = 1000;
    signals.emit('SIGINT');
    expect(seen).toEqual(['first', 'second']);
  });

  it('takes the echo of a key press that npx passes on for the same press', () => {
    const { signals, seen, clock } = watched();
    signals.emit('SIGINT');
    clock.nowMs = 20;
    signals.emit('SIGINT');
    clock.nowMs = 100;
    signals.emit('SIGINT');
    expect(seen).toEqual(['first']);
    clock.nowMs = 151;
    signals.emit('SIGINT');
    expect(seen).toEqual(['first', 'second']);
  });

  it('a different signal is never an echo', () => {
    const { signals, seen } = watched();
    signals.emit('SIGINT');
    signals.emit('SIGTERM');
    expect(seen).toEqual(['first', 'second']);
  });

  it('stops', () => {
    const { signals, seen, stop } = watched();
    stop();
    signals.emit('SIGINT');
    signals.emit('SIGTERM');
    expect(seen).toEqual([]);
  });
});
