/** Walks through every interleaving of the steps of a few actors, each state once. It knows nothing of what they do. */

/** What an actor may do next: a name for the trace, and the step itself, which takes one atomic effect on the world. */
export interface Step {
  name: string;
  take(): void;
}

export interface Actor {
  readonly name: string;
  readonly isDone: boolean;
  /** The steps to choose from; none while it sleeps or when it is done. */
  steps(): readonly Step[];
}

/** Everything that steps change. */
export interface World {
  readonly actors: readonly Actor[];
  /** Shared and private memory. */
  readonly memory: readonly Int32Array[];
  /** Objects whose own fields that hold numbers or booleans are state; the other fields must not change. */
  readonly objects: readonly object[];
}

export interface Exploration {
  states: number;
  /** Whether somebody slept in some state: a model in which nobody does shows nothing. */
  sleeps: number;
  /** What went wrong and the steps that led there; null when nothing can go wrong. */
  violation: { reason: string; trace: string[] } | null;
}

/** Thrown by a step that sees what must not be. */
export class Violation extends Error {}

type Field = { object: Record<string, unknown>; key: string };

/** Depth first with a memory of all states. Stops at the first violation. */
export class Explorer {
  private readonly world: World;
  private readonly fields: Field[];
  private readonly open = new Set<string>();
  private readonly closed = new Set<string>();
  private readonly trace: string[] = [];
  private sleeps = 0;

  constructor(world: World) {
    this.world = world;
    this.fields = world.objects.flatMap((object) =>
      Object.entries(object)
        .filter(([, value]) => typeof value === 'number' || typeof value === 'boolean')
        .map(([key]) => ({ object: object as Record<string, unknown>, key })),
    );
  }

  explore(): Exploration {
    let violation: Exploration['violation'] = null;
    try {
      this.visit(this.save());
    } catch (error) {
      if (!(error instanceof Violation)) throw error;
      violation = { reason: error.message, trace: [...this.trace] };
    }
    return { states: this.closed.size, sleeps: this.sleeps, violation };
  }

  /** The world is in `state` on the way in, in some other one on the way out. */
  private visit(state: number[]): void {
    const key = state.join();
    if (this.closed.has(key)) return;
    if (this.open.has(key)) throw new Violation('goes round in circles');
    this.open.add(key);
    const moves = this.world.actors.flatMap((actor) => actor.steps().map((step) => ({ actor, step })));
    const isAsleep = this.world.actors.some((actor) => !actor.isDone && actor.steps().length === 0);
    if (isAsleep) this.sleeps++;
    if (moves.length === 0 && isAsleep) throw new Violation('sleeps for ever');
    for (const { actor, step } of moves) {
      this.load(state);
      this.trace.push(`${actor.name}: ${step.name}`);
      oneAtomicOperation(() => step.take());
      this.visit(this.save());
      this.trace.pop();
    }
    this.open.delete(key);
    this.closed.add(key);
  }

  private save(): number[] {
    const state: number[] = [];
    for (const { object, key } of this.fields) state.push(Number(object[key]));
    for (const memory of this.world.memory) for (let i = 0; i < memory.length; i++) state.push(memory[i]);
    return state;
  }

  private load(state: number[]): void {
    let position = 0;
    for (const { object, key } of this.fields) {
      const value = state[position++];
      object[key] = typeof object[key] === 'boolean' ? value === 1 : value;
    }
    for (const memory of this.world.memory) for (let i = 0; i < memory.length; i++) memory[i] = state[position++];
  }
}

const OPERATIONS = ['load', 'store', 'compareExchange', 'wait', 'notify'] as const;

/** Runs a step of real code and makes sure that it is one step for the other threads, too. */
function oneAtomicOperation(step: () => void): void {
  const atomics = Atomics as unknown as Record<string, (...values: unknown[]) => unknown>;
  const originals = OPERATIONS.map((name) => atomics[name]);
  let count = 0;
  OPERATIONS.forEach((name, i) => {
    atomics[name] = (...values) => {
      count++;
      return originals[i](...values);
    };
  });
  try {
    step();
  } finally {
    OPERATIONS.forEach((name, i) => {
      atomics[name] = originals[i];
    });
  }
  if (count > 1) throw new Error(`a step with ${count} atomic operations hides interleavings`);
}
