/**
 * A database that users run under the isolation tests: each transaction has a session of its own with the real server, is
 * tried again after a conflict as in a run, and stops between two statements. Where it waits, the server says so.
 */
import { setTimeout as pause } from 'node:timers/promises';
import { DatabaseError, type IsolationLevel } from '../../../../src/drivers/contract.ts';
import { TINY_SCALE } from '../../testing/database.ts';
import type {
  Inputs,
  IsolationDriver,
  Observation,
  Outputs,
  RunningTransaction,
  StopPoint,
  TransactionType,
} from '../driver.ts';
import { SqlData } from './sql-data.ts';
import { type SqlPlace, type SqlSessions, WAREHOUSES } from './sql-sessions.ts';
import { execute } from './sql-transactions.ts';
import { SteppedTransaction } from './stepped-transaction.ts';
import type { TypedInput } from './typed-input.ts';

const LOOK_MS = 1;
/** Conflicts in a row, with everybody else at rest, after which one is said to try again and again. */
const CONFLICTS_MOST = 5;

export class SqlDriver implements IsolationDriver {
  readonly homeWarehouseId = WAREHOUSES[0];
  readonly awayWarehouseId = WAREHOUSES[1];
  readonly items = TINY_SCALE.items;
  readonly fixedPricesReason = null;
  readonly stored: SqlData;
  private readonly sessions: SqlSessions;
  private readonly isolation: IsolationLevel;
  private readonly running: Running[] = [];

  /** On fresh rows. */
  static async open(sessions: SqlSessions, isolation: IsolationLevel): Promise<SqlDriver> {
    await sessions.reset();
    return new SqlDriver(sessions, isolation);
  }

  private constructor(sessions: SqlSessions, isolation: IsolationLevel) {
    this.sessions = sessions;
    this.isolation = isolation;
    this.stored = new SqlData(sessions.looker);
  }

  async begin<Type extends TransactionType>(
    warehouseId: number,
    type: Type,
    input: Inputs[Type],
    stopAt: StopPoint | null,
  ): Promise<RunningTransaction<Type>> {
    const typed = { type, input } as unknown as TypedInput;
    const place = await this.sessions.take(this.isolation);
    const started = new Running(this.sessions, place, warehouseId, typed, stopAt);
    this.running.push(started);
    return {
      observe: async () => {
        await this.settle();
        return started.observation as Observation<Type>;
      },
      goOn: async () => {
        for (const each of this.running) each.conflictsInARow = 0;
        started.goOn();
      },
    };
  }

  /** Lets all get as far as they get: one that moves may let others move. */
  private async settle(): Promise<void> {
    let before = '';
    for (let now = this.shown(); now !== before; now = this.shown()) {
      before = now;
      for (const each of this.running) await each.rest();
    }
  }

  private shown(): string {
    return this.running.map(({ observation }) => observation.kind).join();
  }

  /** A scenario that was given up leaves transactions where they are. */
  async close(): Promise<void> {
    for (const each of this.running) each.goOn();
    await Promise.all(this.running.map((each) => each.ended));
  }
}

class Running {
  conflictsInARow = 0;
  /** Resolves when it has ended, however. */
  readonly ended: Promise<void>;
  private readonly sessions: SqlSessions;
  private readonly place: SqlPlace;
  private readonly warehouseId: number;
  private readonly typed: TypedInput;
  private readonly stopAt: StopPoint | null;
  private conflicts = 0;
  private hasStopped = false;
  private release: (() => void) | null = null;
  private completed: { committed: boolean; output: Outputs[TransactionType] } | null = null;
  private failure: unknown = null;

  constructor(
    sessions: SqlSessions,
    place: SqlPlace,
    warehouseId: number,
    typed: TypedInput,
    stopAt: StopPoint | null,
  ) {
    this.sessions = sessions;
    this.place = place;
    this.warehouseId = warehouseId;
    this.typed = typed;
    this.stopAt = stopAt;
    this.ended = this.run();
  }

  get observation(): Observation<TransactionType> {
    if (this.release !== null) return { kind: 'stopped' };
    if (this.completed !== null) return { kind: 'completed', ...this.completed };
    return { kind: this.conflicts > 0 ? 'retries' : 'waits' };
  }

  goOn(): void {
    const { release } = this;
    this.release = null;
    release?.();
  }

  /** Until it gets no further. @throws what it has failed with */
  async rest(): Promise<void> {
    while (this.release === null && this.completed === null) {
      if (this.failure !== null) throw this.failure;
      if (this.conflictsInARow >= CONFLICTS_MOST || (await this.place.isWaiting())) return;
      await pause(LOOK_MS);
    }
  }

  private async run(): Promise<void> {
    try {
      while (this.completed === null) await this.attempt();
      this.sessions.giveBack(this.place);
    } catch (error) {
      this.failure = error;
      await this.place.connection.close();
    }
  }

  private async attempt(): Promise<void> {
    const { connection } = this.place;
    const transaction = new SteppedTransaction(connection, this.stopAt, () => this.stop());
    try {
      const output = await execute(this.sessions.steps, transaction, this.warehouseId, this.typed);
      this.completed = { committed: transaction.committed, output };
    } catch (error) {
      await connection.rollback();
      if (!(error instanceof DatabaseError && error.kind === 'conflict')) throw error;
      this.conflicts++;
      this.conflictsInARow++;
      await pause(LOOK_MS);
    }
  }

  /** Once: who has been told to go on goes on to the end, whatever becomes of this attempt. */
  private stop(): Promise<void> {
    if (this.hasStopped) return Promise.resolve();
    this.hasStopped = true;
    return new Promise((resolve) => {
      this.release = resolve;
    });
  }
}
