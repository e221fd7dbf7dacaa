/** One isolation test as a list of steps, and the run of it: what was seen, and what is not as the specification demands. */
import { isDeepStrictEqual } from 'node:util';
import { assert } from '../../../src/assert.ts';
import type {
  Inputs,
  IsolationDriver,
  Observation,
  Outputs,
  RunningTransaction,
  StopPoint,
  TransactionType,
} from './driver.ts';

export interface Scenario {
  /** Unique; the clause where the specification has the test. */
  id: string;
  title: string;
  /** Whether it changes prices, which not every database can. */
  changesPrices?: true;
  steps(run: ScenarioRun): Promise<void>;
}

/** How a transaction fared that began while another one was stopped; `indivisible`: the other one could not be stopped. */
export type Meeting = 'waits' | 'retries' | 'completes' | 'indivisible';

/** A step gave nothing to go on with; its violation is noted. */
export class ScenarioAbandoned extends Error {}

/** A transaction of a scenario, by the name that the specification gives it: T1. */
export class Actor<Type extends TransactionType> {
  readonly name: string;
  private readonly run: ScenarioRun;
  private readonly running: RunningTransaction<Type>;

  constructor(run: ScenarioRun, name: string, running: RunningTransaction<Type>) {
    this.run = run;
    this.name = name;
    this.running = running;
  }

  async see(): Promise<Observation<Type>> {
    const seen = await this.running.observe();
    this.run.note(`${this.name} ${seen.kind === 'completed' ? outcomeOf(seen.committed) : SEEN[seen.kind]}`);
    return seen;
  }

  goOn(): Promise<void> {
    this.run.note(`${this.name} goes on`);
    return this.running.goOn();
  }

  /** Its result, which must be there now. @throws ScenarioAbandoned */
  async result(): Promise<{ committed: boolean; output: Outputs[Type] }> {
    const seen = await this.see();
    if (seen.kind === 'completed') return seen;
    throw this.run.abandon(`${this.name} should complete, but it ${SEEN[seen.kind]}`);
  }

  /** What a COMMIT, and nothing else, must have given. @throws ScenarioAbandoned */
  async committed(): Promise<Outputs[Type]> {
    const { committed, output } = await this.result();
    this.run.equal(`${this.name} commits`, committed, true);
    return output;
  }

  async rolledBack(): Promise<Outputs[Type]> {
    const { committed, output } = await this.result();
    this.run.equal(`${this.name} commits`, committed, false);
    return output;
  }

  /** How it fares while `other` is stopped. */
  async meet(other: Actor<TransactionType>): Promise<Meeting> {
    const first = await other.running.observe();
    const { kind } = await this.see();
    assert(kind !== 'stopped', 'who meets another is not told to stop');
    const meeting = first.kind !== 'stopped' ? 'indivisible' : kind === 'completed' ? 'completes' : kind;
    this.run.meetings.push(meeting);
    return meeting;
  }
}

const SEEN = { stopped: 'is stopped', waits: 'waits', retries: 'was undone and tries again' } as const;
const outcomeOf = (committed: boolean): string => (committed ? 'has committed' : 'has rolled back');

export class ScenarioRun {
  readonly driver: IsolationDriver;
  readonly observations: string[] = [];
  readonly violations: string[] = [];
  readonly meetings: Meeting[] = [];

  constructor(driver: IsolationDriver) {
    this.driver = driver;
  }

  async begin<Type extends TransactionType>(
    name: string,
    warehouseId: number,
    type: Type,
    input: Inputs[Type],
    stopAt: StopPoint | null = null,
  ): Promise<Actor<Type>> {
    this.note(`${name} begins: ${type} at warehouse ${warehouseId}`);
    const actor = new Actor<Type>(this, name, await this.driver.begin(warehouseId, type, input, stopAt));
    if (stopAt !== null) await actor.see();
    return actor;
  }

  /** A transaction that nobody is in the way of. @throws ScenarioAbandoned */
  async perform<Type extends TransactionType>(
    name: string,
    warehouseId: number,
    type: Type,
    input: Inputs[Type],
  ): Promise<Outputs[Type]> {
    return (await this.begin(name, warehouseId, type, input)).committed();
  }

  note(observation: string): void {
    this.observations.push(observation);
  }

  equal(what: string, actual: unknown, expected: unknown): void {
    if (isDeepStrictEqual(actual, expected)) return;
    this.violations.push(`${what}: ${JSON.stringify(actual)} instead of ${JSON.stringify(expected)}`);
  }

  /** Whether it is one of these. */
  oneOf(what: string, actual: unknown, allowed: readonly unknown[]): void {
    if (allowed.some((each) => isDeepStrictEqual(actual, each))) return;
    this.violations.push(
      `${what}: ${JSON.stringify(actual)} is none of ${allowed.map((x) => JSON.stringify(x)).join(', ')}`,
    );
  }

  /** Notes a violation after which the scenario cannot go on; the caller throws what it returns. */
  abandon(violation: string): ScenarioAbandoned {
    this.violations.push(violation);
    return new ScenarioAbandoned(violation);
  }
}
