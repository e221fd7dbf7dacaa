import { describe, expect, it } from 'vitest';
import { CONSUMER_CURSOR, createRing, FRAMES, PRODUCER_CURSOR } from './ring-layout.ts';
import { type Actor, type Exploration, Explorer } from './testing/explorer.ts';
import { MUTATIONS, type Mutation } from './testing/park-wake-program.ts';
import { link, Worker } from './testing/park-wake-worker.ts';

/** Who sends how many messages to whom; every ring has room for two at most. */
interface Scenario {
  name: string;
  workers: number;
  links: { from: number; to: number; messages: number }[];
  startCursor?: number;
  drainFramesMax?: number;
}

const CAPACITY_WORDS = 4;
/** Where int32 overflows, and where every second message needs padding, so that there is room for one at times. */
const BEFORE_OVERFLOW = 2 ** 31 - 1;

const SCENARIOS: Scenario[] = [
  { name: 'one sends to one', workers: 2, links: [{ from: 0, to: 1, messages: 4 }] },
  {
    name: 'one sends to one over the end of int32, with padding, drained by one frame',
    workers: 2,
    links: [{ from: 0, to: 1, messages: 4 }],
    startCursor: BEFORE_OVERFLOW,
    drainFramesMax: 1,
  },
  {
    name: 'two send to one',
    workers: 3,
    links: [
      { from: 0, to: 2, messages: 2 },
      { from: 1, to: 2, messages: 2 },
    ],
    startCursor: BEFORE_OVERFLOW,
  },
  {
    name: 'two send to each other',
    workers: 2,
    links: [
      { from: 0, to: 1, messages: 3 },
      { from: 1, to: 0, messages: 3 },
    ],
  },
];

function explore(scenario: Scenario, mutation: Mutation | null): Exploration {
  const drainFramesMax = scenario.drainFramesMax ?? CAPACITY_WORDS;
  const actors = Array.from(
    { length: scenario.workers },
    (_, i) => new Worker(`worker ${i}`, { drainFramesMax, mutation }),
  );
  const memory: Int32Array[] = actors.map((worker) => new Int32Array(worker.doorbellMemory));
  for (const { from, to, messages } of scenario.links) {
    const ring = createRing(CAPACITY_WORDS, scenario.startCursor);
    link(actors[from], actors[to], ring, messages);
    const int32s = new Int32Array(ring);
    memory.push(int32s.subarray(PRODUCER_CURSOR, PRODUCER_CURSOR + 1));
    memory.push(int32s.subarray(CONSUMER_CURSOR, CONSUMER_CURSOR + 1));
    memory.push(int32s.subarray(FRAMES));
  }
  const objects: object[] = [];
  for (const worker of actors) {
    objects.push(worker, worker.doorbell);
    for (const source of worker.sources) objects.push(source, source.consumer);
    const outbox = worker.target?.outbox;
    if (outbox === undefined) continue;
    objects.push(outbox['ring'], outbox['backlog']);
    memory.push(outbox['backlog'].int32s.subarray(0, worker.messages * 4));
  }
  return new Explorer({ actors, memory, objects }).explore();
}

describe('the ring, its backlog and its doorbell, step by step', () => {
  it.each(SCENARIOS)('lose nothing, keep the order and always end: $name', (scenario) => {
    const { states, sleeps, violation } = explore(scenario, null);
    expect(violation).toBeNull();
    expect(states).toBeGreaterThan(1000);
    expect(sleeps).toBeGreaterThan(100);
  });
});

const OUT_OF_ORDER: readonly Mutation[] = ['overtake the backlog', 'read after releasing'];

describe('the explorer', () => {
  it.each(MUTATIONS)('notices when workers %s', (mutation) => {
    // Late reading shows when a drain takes one frame, everything else in every scenario of one sender.
    const { violation } = explore(SCENARIOS[1], mutation);
    expect(violation?.reason).toMatch(OUT_OF_ORDER.includes(mutation) ? /^got \d instead of \d$/ : /^sleeps for ever$/);
    expect(violation?.trace.at(0)).toMatch(/^worker \d: /);
  });

  /** Adds one to a word by a load and a store. */
  class Incrementer implements Actor {
    readonly name = 'incrementer';
    private readonly memory: Int32Array;
    private readonly onDone: () => void;
    private pc = 0;
    private seen = 0;

    constructor(memory: Int32Array, onDone: () => void) {
      this.memory = memory;
      this.onDone = onDone;
    }

    get isDone(): boolean {
      return this.pc === 2;
    }

    steps() {
      const name = this.pc === 0 ? 'load' : 'store';
      return this.isDone ? [] : [{ name, take: () => this.step() }];
    }

    private step(): void {
      if (this.pc++ === 0) this.seen = Atomics.load(this.memory, 0);
      else {
        Atomics.store(this.memory, 0, this.seen + 1);
        this.onDone();
      }
    }
  }

  it('sees every interleaving', () => {
    const memory = new Int32Array(1);
    const results = new Set<number>();
    const onDone = () => {
      if (actors.every((actor) => actor.isDone)) results.add(memory[0]);
    };
    const actors: Actor[] = [1, 2, 3].map(() => new Incrementer(memory, onDone));
    expect(new Explorer({ actors, memory: [memory], objects: actors }).explore().violation).toBeNull();
    expect([...results].sort()).toEqual([1, 2, 3]);
  });

  const lone = (take: () => void): Actor => ({ name: 'lone', isDone: false, steps: () => [{ name: 'step', take }] });

  it('notices a schedule without an end', () => {
    const memory = new Int32Array(1);
    const toggle = lone(() => {
      memory[0] ^= 1;
    });
    const { violation } = new Explorer({ actors: [toggle], memory: [memory], objects: [] }).explore();
    expect(violation).toEqual({ reason: 'goes round in circles', trace: ['lone: step', 'lone: step'] });
  });

  it('refuses a step that other threads would see as two, and leaves Atomics as they were', () => {
    const { load } = Atomics;
    const memory = new Int32Array(new SharedArrayBuffer(4));
    const both = lone(() => Atomics.store(memory, 0, Atomics.load(memory, 0) + 1));
    expect(() => new Explorer({ actors: [both], memory: [memory], objects: [] }).explore()).toThrow('2 atomic');
    expect(Atomics.load).toBe(load);
  });
});
