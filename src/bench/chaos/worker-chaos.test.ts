import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { type ChaosEvent, parseChaos } from '../../config/chaos.ts';
import type { FrameSource } from '../../shard/mailbox.ts';
import { createDoorbell, Doorbell } from '../../transport/doorbell.ts';
import { RingConsumer } from '../../transport/ring-consumer.ts';
import { createRing } from '../../transport/ring-layout.ts';
import { RingProducer } from '../../transport/ring-producer.ts';
import { PHASE_DRAIN, PHASE_MEASURE, PHASE_WARMUP, type Phase } from '../control-block.ts';
import { WorkerChaos } from './worker-chaos.ts';

/** A worker whose clock the test moves; blocking it moves the clock. */
class Bed {
  readonly chaos: WorkerChaos;
  readonly lines: string[] = [];
  nowMs = 5000;
  phase: Phase = PHASE_MEASURE;

  constructor(spec: string, worker = 1, shardId = 0, seed = 1) {
    const { events } = parseChaos(spec) as { events: ChaosEvent[] };
    const bed = this;
    const control = {
      get phase() {
        return bed.phase;
      },
      parkWhile: (phase: Phase, timeoutMs: number) => {
        if (phase === this.phase) this.nowMs += timeoutMs;
      },
    };
    this.chaos = new WorkerChaos(
      events,
      { worker, shardId, seed },
      { control, now: () => this.nowMs, log: (line) => this.lines.push(line) },
    );
  }

  turnAt(nowMs: number): number {
    this.nowMs = nowMs;
    this.chaos.turn(nowMs);
    return this.nowMs - nowMs;
  }

  /** A ring of this worker, with the reading end that its mailbox gets. */
  ring(): { send(value: number): void; source: FrameSource; receive(): number[] } {
    const memory = createRing(256);
    const producer = new RingProducer(memory);
    const plumbing = this.chaos.disturbing({ worker: 1, doorbell: createDoorbell(), peers: [] });
    const source = plumbing.delayed?.(new RingConsumer(memory)) as FrameSource;
    return {
      source,
      send: (value) => {
        const at = producer.claim(2, 16);
        expect(at).toBeGreaterThanOrEqual(0);
        producer.int32s[at] = value;
        producer.publish();
      },
      receive: () => {
        const values: number[] = [];
        for (let at = source.next(); at >= 0; at = source.next()) {
          expect([source.type, source.payloadWords]).toEqual([16, 2]);
          values.push(source.int32s[at] as number);
        }
        source.release();
        return values;
      },
    };
  }
}

describe('a pause', () => {
  it('begins at its time in the measurement, and is counted', () => {
    const bed = new Bed('pause:worker=1,for=200ms,at=1s');
    bed.phase = PHASE_WARMUP;
    expect(bed.turnAt(1000)).toBe(0);
    bed.phase = PHASE_MEASURE;
    expect([5000, 5999, 6000, 6300, 9000].map((ms) => bed.turnAt(ms))).toEqual([0, 0, 200, 0, 0]);
    expect(bed.chaos.counts).toEqual([
      { spec: 'pause:worker=1,for=200ms,at=1s', kind: 'pause', count: 1, totalMs: 200, firstMs: 1000, lastMs: 1000 },
    ]);
    expect(bed.lines).toEqual(['Chaos at 1.00 s: worker 1 stood still for 200 ms']);
  });

  it('does not reach another worker, nor the time after the measurement', () => {
    const other = new Bed('pause:worker=2,for=200ms,at=0');
    expect(other.turnAt(5000)).toBe(0);
    expect(other.chaos.counts).toEqual([]);
    const late = new Bed('pause:worker,for=200ms,at=1s');
    late.turnAt(5000);
    late.phase = PHASE_DRAIN;
    expect(late.turnAt(7000)).toBe(0);
    expect(late.chaos.counts[0]?.count).toBe(0);
  });

  it('is silent where it is frequent, and the same for the same seed', () => {
    const run = (seed: number, worker: number) => {
      const bed = new Bed('pause:worker,for=1ms,rate=50', worker, 0, seed);
      return Array.from({ length: 1000 }, (_, i) => bed.turnAt(5000 + 3 * i)).concat(bed.lines.length);
    };
    const first = run(1, 1);
    expect(first.at(-1)).toBe(0);
    expect(run(1, 1)).toEqual(first);
    expect(run(2, 1)).not.toEqual(first);
    expect(run(1, 2)).not.toEqual(first);
  });
});

describe('a delay', () => {
  it('holds a frame and what is behind it, and counts the frame', () => {
    const bed = new Bed('delay:frames,shard=0,for=5ms,at=0');
    bed.turnAt(5000);
    const ring = bed.ring();
    ring.send(1);
    ring.send(2);
    expect([ring.source.hasNext(), ring.receive(), ring.source.hasNext()]).toEqual([true, [], false]);
    bed.nowMs = 5004;
    expect(ring.receive()).toEqual([]);
    bed.nowMs = 5006;
    expect([ring.source.hasNext(), ring.receive()]).toEqual([true, [1, 2]]);
    expect(bed.chaos.counts).toMatchObject([{ kind: 'delay', count: 1, totalMs: 6 }]);
    expect(bed.lines).toEqual(['Chaos at 0.00 s: a frame to worker 1 is held for 5 ms']);
  });

  it('lets all frames go when the measurement is over', () => {
    const bed = new Bed('delay:frames,for=60s,chance=100%');
    const ring = bed.ring();
    ring.send(1);
    expect(ring.receive()).toEqual([1]);
    bed.turnAt(5000);
    ring.send(2);
    expect(ring.receive()).toEqual([]);
    bed.phase = PHASE_DRAIN;
    ring.send(3);
    expect([ring.source.hasNext(), ring.receive()]).toEqual([true, [2, 3]]);
  });

  it('does not reach the workers of another shard', () => {
    const bed = new Bed('delay:frames,shard=1,for=60s,chance=100%');
    bed.turnAt(5000);
    const ring = bed.ring();
    ring.send(1);
    expect(ring.receive()).toEqual([1]);
  });

  it('ends the sleep of a worker in time, though nobody rings', () => {
    const bed = new Bed('delay:frames,for=1ms,chance=100%');
    bed.turnAt(5000);
    const ring = bed.ring();
    ring.send(1);
    expect(ring.receive()).toEqual([]);
    const doorbell = new Doorbell(createDoorbell(), bed.chaos);
    doorbell.announce(false);
    const startMs = performance.now();
    doorbell.park(30_000);
    expect(performance.now() - startMs).toBeLessThan(10_000);
    bed.nowMs = 5002;
    expect(ring.receive()).toEqual([1]);
  });

  it('loses and overtakes nothing on any ring, whatever arrives when', () => {
    const step = fc.oneof(
      fc.record({ kind: fc.constant('send' as const), ring: fc.nat(1) }),
      fc.record({ kind: fc.constant('look' as const), ring: fc.nat(1) }),
      fc.record({ kind: fc.constant('wait' as const), ms: fc.integer({ min: 1, max: 8 }) }),
    );
    fc.assert(
      fc.property(fc.array(step, { maxLength: 60 }), fc.nat(1000), (steps, seed) => {
        const bed = new Bed('delay:frames,for=5ms,chance=30%,delay:frames,for=2ms,every=7ms', 1, 0, seed);
        bed.turnAt(5000);
        const rings = [bed.ring(), bed.ring()];
        const sent: number[][] = [[], []];
        const received: number[][] = [[], []];
        for (const each of steps) {
          if (each.kind === 'wait') bed.nowMs += each.ms;
          else if (each.kind === 'look') received[each.ring]?.push(...(rings[each.ring]?.receive() ?? []));
          else {
            const value = sent[each.ring]?.length ?? 0;
            sent[each.ring]?.push(value);
            rings[each.ring]?.send(value);
          }
        }
        // Every frame waits once at most.
        for (let i = 0; i < 70; i++) {
          bed.nowMs += 6;
          for (const r of [0, 1]) received[r]?.push(...(rings[r]?.receive() ?? []));
        }
        expect(received).toEqual(sent);
      }),
      { numRuns: 200 },
    );
  });
});
