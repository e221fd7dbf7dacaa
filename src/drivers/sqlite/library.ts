/**
 * The two ways to SQLite, with one face: `node:sqlite` where Node has it and it returns rows as arrays (22.16), else the
 * package `libsql`. Both are synchronous and run the engine in this process.
 */

/** A prepared statement; parameters by their number. */
export interface SqliteStatement {
  all(...parameters: unknown[]): unknown[][];
  /** @returns rows changed */
  run(...parameters: unknown[]): number;
}

export interface SqliteDatabase {
  exec(sql: string): void;
  prepare(sql: string): SqliteStatement;
  close(): void;
}

/** @param path of the file, made where it is not there */
export type OpenDatabase = (path: string) => SqliteDatabase;

/** Rejects as an import does where neither is there. */
export async function openLibrary(): Promise<OpenDatabase> {
  return (await openBuiltIn()) ?? (await openPackage());
}

/** What is used of `node:sqlite`, which older Nodes, and their types, do not know. */
interface BuiltIn {
  DatabaseSync: new (
    path: string,
  ) => {
    exec(sql: string): void;
    prepare(sql: string): BuiltInStatement;
    close(): void;
  };
  StatementSync: { prototype: BuiltInStatement };
}

interface BuiltInStatement {
  setReturnArrays?(enabled: boolean): void;
  all(...parameters: unknown[]): unknown[];
  run(...parameters: unknown[]): { changes: number | bigint };
}

async function openBuiltIn(): Promise<OpenDatabase | null> {
  const name: string = 'node:sqlite';
  const module = (await import(name).catch(() => null)) as BuiltIn | null;
  if (typeof module?.StatementSync.prototype.setReturnArrays !== 'function') return null;
  const { DatabaseSync } = module;
  return (path) => {
    const database = new DatabaseSync(path);
    return {
      exec: (sql) => database.exec(sql),
      prepare(sql) {
        const statement = database.prepare(sql);
        statement.setReturnArrays?.(true);
        return {
          all: (...parameters) => statement.all(...parameters) as unknown[][],
          run: (...parameters) => Number(statement.run(...parameters).changes),
        };
      },
      close: () => database.close(),
    };
  };
}

async function openPackage(): Promise<OpenDatabase> {
  const { default: Database } = await import('libsql');
  return (path) => {
    const database = new Database(path);
    return {
      exec(sql) {
        database.exec(sql);
      },
      prepare(sql) {
        const statement = database.prepare(sql);
        return {
          all: (...parameters) => statement.raw().all(...parameters) as unknown[][],
          run: (...parameters) => statement.run(...parameters).changes,
        };
      },
      close() {
        database.close();
      },
    };
  };
}
