/** What SQLite reports, sorted by what a caller can do about it (SQLite, "Result and Error Codes"). */
import { DatabaseError, type DatabaseErrorKind } from '../contract.ts';
import { oneLine } from '../one-line.ts';

const CODES: Readonly<Record<number, { name: string; kind: DatabaseErrorKind }>> = {
  3: { name: 'SQLITE_PERM', kind: 'refused' },
  5: { name: 'SQLITE_BUSY', kind: 'conflict' },
  6: { name: 'SQLITE_LOCKED', kind: 'conflict' },
  8: { name: 'SQLITE_READONLY', kind: 'refused' },
  10: { name: 'SQLITE_IOERR', kind: 'other' },
  11: { name: 'SQLITE_CORRUPT', kind: 'other' },
  13: { name: 'SQLITE_FULL', kind: 'other' },
  14: { name: 'SQLITE_CANTOPEN', kind: 'refused' },
  19: { name: 'SQLITE_CONSTRAINT', kind: 'constraint' },
  23: { name: 'SQLITE_AUTH', kind: 'refused' },
  26: { name: 'SQLITE_NOTADB', kind: 'refused' },
};

/** How libsql words that the file cannot be opened, instead of an error with a code. */
const CANNOT_OPEN = /^ConnectionFailed\(.*: 14"\)$/;

/** The primary code of an error of either library; null where it is none of SQLite's. */
export function primaryCode(error: unknown): number | null {
  const { errcode, rawCode } = error as { errcode?: unknown; rawCode?: unknown };
  const code = errcode ?? rawCode;
  // Extended codes carry the primary one in their low byte.
  if (typeof code === 'number') return code & 0xff;
  return error instanceof Error && CANNOT_OPEN.test(error.message) ? 14 : null;
}

export const isBusy = (error: unknown): boolean =>
  error instanceof DatabaseError ? error.code === 'SQLITE_BUSY' : primaryCode(error) === 5;

/**
 * @param statement what was under way
 * @param path of the file
 */
export function toDatabaseError(error: unknown, statement: string | null, path: string): DatabaseError {
  if (error instanceof DatabaseError) return error;
  const primary = primaryCode(error);
  const { name, kind } = CODES[primary ?? 0] ?? { name: null, kind: 'other' };
  const words = error instanceof Error ? error.message : String(error);
  const message = CANNOT_OPEN.test(words) ? 'unable to open database file' : oneLine(words);
  const where = statement === null ? `cannot open ${path}` : `${path}: ${statement}`;
  return new DatabaseError(statement === null && primary === null ? 'refused' : kind, `${where}: ${message}`, {
    statement,
    code: name,
    cause: error,
  });
}
