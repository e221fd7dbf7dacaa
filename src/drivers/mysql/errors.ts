/** What MySQL, MariaDB and the way to them report, sorted by what a caller can do about it (MySQL, "Server Error Message Reference"). */
import { DatabaseError, type DatabaseErrorKind } from '../contract.ts';
import { oneLine } from '../one-line.ts';

/**
 * Deadlock, lock wait timeout, no lock without waiting, record changed since the snapshot (MariaDB); branch of an XA transaction
 * that was rolled back, for a timeout or a deadlock too, and one that cannot be committed just now.
 */
const CONFLICTS: ReadonlySet<number> = new Set([1213, 1205, 3572, 1020, 1402, 1613, 1614, 3197]);
/** Shutdown, connection killed, aborted, timed out for idleness. */
const LOST: ReadonlySet<number> = new Set([1053, 1927, 1152, 1184, 4031]);
/** Duplicate key, null, references. */
const CONSTRAINTS: ReadonlySet<number> = new Set([1062, 1048, 1451, 1452, 1216, 1217, 1586, 3819, 4025]);
/** Access denied (to procedures too), missing database, too many connections, read-only server or transaction. */
const REFUSED: ReadonlySet<number> = new Set([
  1044, 1045, 1049, 1040, 1130, 1142, 1203, 1226, 1227, 1290, 1370, 1698, 1792, 1836,
]);

const SOCKET_WORDS: Readonly<Record<string, string>> = {
  ECONNREFUSED: 'connection refused',
  ECONNRESET: 'the connection was reset',
  EPIPE: 'the connection was closed',
  ENOTFOUND: 'no such host',
  EAI_AGAIN: 'the host name cannot be resolved now',
  ETIMEDOUT: 'no answer',
  EHOSTUNREACH: 'the host cannot be reached',
  ENETUNREACH: 'the network cannot be reached',
  PROTOCOL_CONNECTION_LOST: 'the server closed the connection',
};

/** The package's own words for a connection that is over. */
const CLOSED = /\bin closed state$/;

interface Reported {
  message?: unknown;
  code?: unknown;
  errno?: unknown;
  fatal?: unknown;
}

function kindOf({ errno, code, fatal }: Reported): DatabaseErrorKind {
  const number = typeof errno === 'number' ? errno : 0;
  if (CONFLICTS.has(number)) return 'conflict';
  if (LOST.has(number)) return 'connection';
  if (CONSTRAINTS.has(number)) return 'constraint';
  if (REFUSED.has(number)) return 'refused';
  const isServers = typeof code === 'string' && code.startsWith('ER_');
  return !isServers && (fatal === true || typeof code === 'string') ? 'connection' : 'other';
}

/**
 * @param statement what was under way
 * @param place the database, as a URL without its password
 */
export function toDatabaseError(error: unknown, statement: string | null, place: string): DatabaseError {
  if (error instanceof DatabaseError) return error;
  const reported = (error instanceof AggregateError ? error.errors[0] : error) as Reported;
  const code = typeof reported.code === 'string' ? reported.code : null;
  const said = oneLine(String(reported.message ?? error));
  const words = SOCKET_WORDS[code ?? ''] ?? (CLOSED.test(said) ? 'the connection is closed' : said);
  const where = statement === null ? `cannot connect to ${place}` : `${place}: ${statement}`;
  return new DatabaseError(kindOf(reported), `${where}: ${words}`, { statement, code, cause: error });
}
