import { describe, expect, it } from 'vitest';
import { Random } from './random.ts';
import { type Actor, Scheduler } from './scheduler.ts';
import { VirtualClock } from './virtual-clock.ts';

/** Takes steps while it is told to. */
class Dummy implements Actor {
  readonly name: string;
  steps = 0;
  isReady = true;
  wakesAtMs = Number.POSITIVE_INFINITY;

  constructor(name: string) {
    this.name = name;
  }

  isDue(): boolean {
    return this.isReady;
  }

  dueMs(): number {
    return this.wakesAtMs;
  }

  run(): void {
    this.steps++;
  }
}

function newScheduler(actors: Dummy[], uneven = false) {
  const clock = new VirtualClock();
  return { clock, scheduler: new Scheduler(actors, clock, new Random(5, 1), 1, uneven) };
}

describe('a Scheduler', () => {
  it('lets everybody go on who can, and nobody else', () => {
    const actors = ['a', 'b', 'c'].map((name) => new Dummy(name));
    actors[1].isReady = false;
    const { scheduler, clock } = newScheduler(actors);
    const startMs = clock.nowMs;
    for (let i = 0; i < 1000; i++) expect(scheduler.advance()).toBe(true);
    expect(actors.map(({ steps }) => steps > 300)).toEqual([true, false, true]);
    expect(actors[1].steps).toBe(0);
    expect(clock.nowMs - startMs).toBeGreaterThan(400);
    expect(clock.nowMs - startMs).toBeLessThan(600);
  });

  it('lets time go by to the first whose time comes, and ends where there is none', () => {
    const actors = ['a', 'b'].map((name) => new Dummy(name));
    for (const actor of actors) actor.isReady = false;
    const { scheduler, clock } = newScheduler(actors);
    expect(scheduler.advance()).toBe(false);
    actors[0].wakesAtMs = 5000;
    actors[1].wakesAtMs = 4000;
    expect(scheduler.advance()).toBe(true);
    expect([actors[0].steps, actors[1].steps]).toEqual([0, 1]);
    expect(clock.nowMs).toBeGreaterThanOrEqual(4000);
    expect(clock.nowMs).toBeLessThan(4001);
  });

  it('keeps who stands still from going on, unless nobody else can', () => {
    const actors = ['a', 'b'].map((name) => new Dummy(name));
    const { scheduler } = newScheduler(actors);
    const stalled = scheduler.stall(50);
    const [slow, fast] = stalled === 'a' ? actors : [...actors].reverse();
    for (let i = 0; i < 50; i++) scheduler.advance();
    expect([slow.steps, fast.steps]).toEqual([0, 50]);
    scheduler.stall(1_000_000);
    scheduler.stall(1_000_000);
    scheduler.stall(1_000_000);
    for (let i = 0; i < 10; i++) expect(scheduler.advance()).toBe(true);
  });

  it('gives turns unevenly where that is wanted, until it is calm', () => {
    const actors = Array.from({ length: 8 }, (_, i) => new Dummy(String(i)));
    const { scheduler } = newScheduler(actors, true);
    for (let i = 0; i < 8000; i++) scheduler.advance();
    const counts = () => actors.map(({ steps }) => steps);
    expect(Math.max(...counts())).toBeGreaterThan(2.5 * Math.min(...counts()));
    expect(Math.min(...counts())).toBeGreaterThan(0);
    for (const actor of actors) actor.steps = 0;
    scheduler.calm();
    for (let i = 0; i < 8000; i++) scheduler.advance();
    expect(Math.max(...counts())).toBeLessThan(1.5 * Math.min(...counts()));
  });
});
