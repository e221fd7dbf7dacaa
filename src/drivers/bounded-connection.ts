/**
 * Connections whose every call has an end, whatever becomes of the server. A server that is paused, or behind a network that
 * swallows packets, answers nothing and closes nothing: only the client's own clock tells it from one that is at work. A
 * call that takes long is therefore looked after: the server is asked for another connection now and then, and one that
 * gives none is taken for lost. So an index over billions of rows may take its hours, and a paused server costs seconds.
 */
import { setImmediate as nextRound, setTimeout as pause } from 'node:timers/promises';
import {
  type BulkRows,
  type Call,
  type Connection,
  type ConnectOptions,
  DatabaseError,
  type Driver,
  type Parameter,
  type PreparedTransaction,
  type ServerFacts,
  type Statement,
  type StatementResult,
} from './contract.ts';
import { shownUrl } from './database-url.ts';

/** How long a call may take before the server is asked whether it is there, and then again. */
const SILENCE_MS = 30_000;
/** What the driver gets beyond the time for a connection, so that the words are the same on all of them. */
const DRIVER_EXTRA_MS = 1000;

export interface Bounds extends ConnectOptions {
  /** No call takes longer, whatever the server is doing. */
  readonly statementTimeoutMs: number;
  /** Before the server is asked for another connection; for tests. */
  readonly silenceMs?: number;
}

/** Rejects with a `DatabaseError`, also where nobody answers within `connectTimeoutMs`. */
export async function connectBounded(driver: Driver, url: string, bounds: Bounds): Promise<Connection> {
  const connection = await connectInTime(driver, url, bounds);
  if (driver.isInProcess) return connection;
  const isThere = (): Promise<boolean> =>
    connectInTime(driver, url, bounds).then(
      (other) => other.close().then(() => true),
      (error: unknown) => !(error instanceof DatabaseError && error.kind === 'connection'),
    );
  return new BoundedConnection(connection, shownUrl(url), bounds, isThere);
}

async function connectInTime(driver: Driver, url: string, options: ConnectOptions): Promise<Connection> {
  const { connectTimeoutMs } = options;
  const connecting = driver.connect(url, { ...options, connectTimeoutMs: connectTimeoutMs + DRIVER_EXTRA_MS });
  let timer: NodeJS.Timeout | undefined;
  let isSettled = false;
  const tooLong = new Promise<never>((_, reject) => {
    timer = setTimeout(async () => {
      // This thread may have been busy while the answer arrived.
      await nextRound();
      if (isSettled) return;
      const within = `no answer within ${shownSeconds(connectTimeoutMs)} (--connect-timeout)`;
      const message = `cannot connect to ${shownUrl(url)}: ${within}; look whether the server runs and is not paused`;
      reject(new DatabaseError('connection', message, { code: 'ETIMEDOUT' }));
      connecting.then((late) => late.close()).catch(() => {});
    }, connectTimeoutMs);
  });
  try {
    return await Promise.race([connecting, tooLong]);
  } finally {
    isSettled = true;
    clearTimeout(timer);
  }
}

const shownSeconds = (milliseconds: number): string => `${Number((milliseconds / 1000).toFixed(1))} s`;

/** A call that waits for its answer. */
interface Waiting {
  name(): string;
  startedMs: number;
  reject(error: DatabaseError): void;
}

export class BoundedConnection implements Connection {
  private readonly inner: Connection;
  private readonly place: string;
  private readonly statementTimeoutMs: number;
  private readonly silenceMs: number;
  private readonly isThere: () => Promise<boolean>;
  /** Goes off where the call that began last has not been answered. One for all calls: starting it again costs little. */
  private readonly timer: NodeJS.Timeout;
  private waiting: Waiting | null = null;
  private lost: DatabaseError | null = null;
  private closing: Promise<void> | null = null;

  /**
   * @param place the database, as a URL without its password
   * @param isThere whether the server takes another connection, or refuses it in words; it takes a bounded time
   */
  constructor(
    inner: Connection,
    place: string,
    { statementTimeoutMs, silenceMs = SILENCE_MS }: Pick<Bounds, 'statementTimeoutMs' | 'silenceMs'>,
    isThere: () => Promise<boolean>,
  ) {
    this.inner = inner;
    this.place = place;
    this.statementTimeoutMs = statementTimeoutMs;
    this.silenceMs = Math.min(silenceMs, statementTimeoutMs);
    this.isThere = isThere;
    this.timer = setTimeout(() => this.onSilence(), this.silenceMs);
    this.timer.unref();
  }

  begin(gid?: string): void {
    this.inner.begin(gid);
  }

  beginSnapshot(): void {
    this.inner.beginSnapshot();
  }

  execute(statement: Statement, parameters: readonly Parameter[]): Promise<StatementResult> {
    return this.bounded(
      () => statement.name,
      () => this.inner.execute(statement, parameters),
    );
  }

  executeAll(calls: readonly Call[]): Promise<readonly StatementResult[]> {
    return this.bounded(
      () => nameOf(calls, 'nothing'),
      () => this.inner.executeAll(calls),
    );
  }

  commit(last: readonly Call[] = []): Promise<readonly StatementResult[]> {
    return this.bounded(
      () => nameOf(last, 'commit'),
      () => this.inner.commit(last),
    );
  }

  rollback(): Promise<void> {
    return this.bounded(
      () => 'rollback',
      () => this.inner.rollback(),
    );
  }

  prepare(gid: string, last: readonly Call[] = []): Promise<readonly StatementResult[]> {
    return this.bounded(
      () => nameOf(last, 'prepare transaction'),
      () => this.inner.prepare(gid, last),
    );
  }

  commitPrepared(gid: string): Promise<void> {
    return this.bounded(
      () => 'commit prepared',
      () => this.inner.commitPrepared(gid),
    );
  }

  rollbackPrepared(gid: string): Promise<void> {
    return this.bounded(
      () => 'rollback prepared',
      () => this.inner.rollbackPrepared(gid),
    );
  }

  listPrepared(prefix: string): Promise<readonly PreparedTransaction[]> {
    return this.bounded(
      () => 'list prepared transactions',
      () => this.inner.listPrepared(prefix),
    );
  }

  mostPrepared(): Promise<number | null> {
    return this.bounded(
      () => 'limit of prepared transactions',
      () => this.inner.mostPrepared(),
    );
  }

  run(name: string, text: string): Promise<void> {
    return this.bounded(
      () => name,
      () => this.inner.run(name, text),
    );
  }

  bulkInsert(rows: BulkRows): Promise<void> {
    return this.bounded(
      () => `rows into ${rows.table}`,
      () => this.inner.bulkInsert(rows),
    );
  }

  hasTable(table: string): Promise<boolean> {
    return this.bounded(
      () => 'look for a table',
      () => this.inner.hasTable(table),
    );
  }

  facts(): Promise<ServerFacts> {
    return this.bounded(
      () => 'settings',
      () => this.inner.facts(),
    );
  }

  close(): Promise<void> {
    clearTimeout(this.timer);
    this.closing ??= this.inner.close();
    return this.closing;
  }

  private bounded<T>(name: () => string, work: () => Promise<T>): Promise<T> {
    if (this.lost !== null) return Promise.reject(this.lost);
    return new Promise<T>((resolve, reject) => {
      const waiting: Waiting = { name, startedMs: performance.now(), reject };
      this.waiting = waiting;
      this.timer.refresh();
      const answered = (): void => {
        if (this.waiting === waiting) this.waiting = null;
      };
      work().then(
        (value) => {
          answered();
          resolve(value);
        },
        (error: unknown) => {
          answered();
          reject(error);
        },
      );
    });
  }

  private onSilence(): void {
    const { waiting } = this;
    if (waiting !== null) this.lookAfter(waiting).catch((error: unknown) => waiting.reject(error as DatabaseError));
  }

  private async lookAfter(waiting: Waiting): Promise<void> {
    // This thread may have been busy while the answer arrived.
    await nextRound();
    while (this.waiting === waiting) {
      const leftMs = waiting.startedMs + this.statementTimeoutMs - performance.now();
      if (leftMs <= 0) {
        const within = `no answer within ${shownSeconds(this.statementTimeoutMs)} (--statement-timeout)`;
        this.giveUp(waiting, `${within}; look what the statement waits for at the server, or give it longer`);
        return;
      }
      const isOver = pause(Math.max(1, leftMs), null, { ref: false });
      const isThere = await Promise.race([this.isThere(), isOver]);
      if (isThere === null) continue;
      if (!isThere) {
        const silentMs = performance.now() - waiting.startedMs;
        const silent = `no answer for ${shownSeconds(Math.round(silentMs / 1000) * 1000)}`;
        this.giveUp(waiting, `${silent}, nor to another connection; look whether the server runs and is not paused`);
        return;
      }
      await pause(Math.min(this.silenceMs, Math.max(1, leftMs)), undefined, { ref: false });
    }
  }

  private giveUp(waiting: Waiting, words: string): void {
    if (this.waiting !== waiting) return;
    const statement = waiting.name();
    this.waiting = null;
    this.lost = new DatabaseError('connection', `${this.place}: ${statement}: ${words}`, {
      statement,
      code: 'ETIMEDOUT',
    });
    waiting.reject(this.lost);
    void this.close();
  }
}

/** @param end what ends a transaction, where no call goes with it */
function nameOf(calls: readonly Call[], end: string): string {
  const [first] = calls;
  if (first === undefined) return end;
  return calls.length === 1 ? first.statement.name : `${first.statement.name} and ${calls.length - 1} more`;
}
