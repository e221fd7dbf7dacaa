/**
 * Statements that travel together: parsed where the server does not know them yet, bound, executed, and one Sync behind the
 * last, so that they take one round trip, and so that the server skips what follows an error, a COMMIT too (PostgreSQL,
 * 55.2.3 and 55.2.4). Results are read by the columns that a statement declares: nothing has to be described.
 */
import type { Submittable, Connection as Wire } from 'pg';
import type { Call, Row, Statement, StatementResult } from '../contract.ts';
import { decodeValue, encodeParameter } from './values.ts';

/** Statements that the server has prepared in this session, by the names that they have there. */
export class PreparedStatements {
  private readonly names = new Map<Statement, string>();
  private given = 0;

  nameOf(statement: Statement): string | null {
    return this.names.get(statement) ?? null;
  }

  newName(): string {
    this.given++;
    return `dbtest_${this.given}`;
  }

  add(statement: Statement, name: string): void {
    this.names.set(statement, name);
  }
}

/** What `pg` has and its types leave out. */
interface WireCalls {
  parse(message: { name: string; text: string; types: readonly number[] }): void;
  bind(message: { statement: string; values: readonly (string | null)[] }): void;
  execute(message: Record<string, never>): void;
  sync(): void;
  stream: { cork(): void; uncork(): void };
}

export class Batch implements Submittable {
  readonly done: Promise<readonly StatementResult[]>;
  private readonly calls: readonly Call[];
  private readonly values: readonly (string | null)[][];
  private readonly prepared: PreparedStatements | null;
  private readonly results: StatementResult[] = [];
  private rows: Row[] = [];
  /** Statements that are parsed with this batch, under their names, in their order. */
  private readonly parsing: { statement: Statement; name: string }[] = [];
  private resolve: (results: readonly StatementResult[]) => void = () => {};
  private reject: (error: unknown) => void = () => {};

  /** @param prepared null where statements are sent with their text each time */
  constructor(calls: readonly Call[], prepared: PreparedStatements | null) {
    this.calls = calls;
    this.prepared = prepared;
    this.values = calls.map(({ statement, parameters }) =>
      statement.parameters.map((type, i) => encodeParameter(parameters[i], type)),
    );
    this.done = new Promise((resolve, reject) => {
      this.resolve = resolve;
      this.reject = reject;
    });
  }

  /** The statement that is being executed, or was when an error came. */
  get current(): Statement {
    return this.calls[Math.min(this.results.length, this.calls.length - 1)].statement;
  }

  submit(connection: Wire): void {
    const wire = connection as unknown as WireCalls;
    wire.stream.cork();
    try {
      this.calls.forEach(({ statement }, i) => {
        wire.bind({ statement: this.parse(wire, statement), values: this.values[i] });
        wire.execute({});
      });
      wire.sync();
    } finally {
      wire.stream.uncork();
    }
  }

  /** @returns the statement's name at the server */
  private parse(wire: WireCalls, statement: Statement): string {
    const { prepared, parsing } = this;
    const isKept = prepared !== null && statement.isOnce !== true;
    const known = prepared?.nameOf(statement) ?? parsing.find((each) => each.statement === statement)?.name ?? null;
    if (known !== null && isKept) return known;
    const name = isKept ? prepared.newName() : '';
    wire.parse({ name, text: statement.text, types: [] });
    parsing.push({ statement, name });
    return name;
  }

  /** The server has prepared the next of the statements that were parsed with this batch. */
  parseComplete(): void {
    const parsed = this.parsing.shift();
    if (parsed !== undefined && parsed.name !== '') this.prepared?.add(parsed.statement, parsed.name);
  }

  handleRowDescription(): void {}

  handleDataRow({ fields }: { fields: readonly (string | null)[] }): void {
    const { columns } = this.current;
    this.rows.push(columns.map((type, i) => decodeValue(fields[i], type)));
  }

  handleCommandComplete({ text }: { text: string }): void {
    const count = /\d+$/.exec(text);
    this.results.push({ rows: this.rows, affectedRows: count === null ? 0 : Number(count[0]) });
    this.rows = [];
  }

  handleEmptyQuery(): void {
    this.results.push({ rows: [], affectedRows: 0 });
  }

  handleError(error: unknown): void {
    this.reject(error);
  }

  handleReadyForQuery(): void {
    this.resolve(this.results);
  }
}
