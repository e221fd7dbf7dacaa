/** What PostgreSQL and the way to it report, sorted by what a caller can do about it (PostgreSQL, appendix A: SQLSTATE). */
import { DatabaseError, type DatabaseErrorKind } from '../contract.ts';
import { oneLine } from '../one-line.ts';

/** Codes with a meaning of their own: serialization failure, deadlock, lock not available. */
const CONFLICTS: ReadonlySet<string> = new Set(['40001', '40P01', '55P03']);
/** Shut down by an administrator, crashed, not up yet, and idle for longer than the server allows. */
const LOST: ReadonlySet<string> = new Set(['57P01', '57P02', '57P03', '57P05']);
/** No such database, no privilege, too many connections, read-only. */
const REFUSED: ReadonlySet<string> = new Set(['3D000', '42501', '53300', '25006']);
/** What Node says of sockets. */
const SOCKET_CODE = /^(E[A-Z]+|ERR_[A-Z_]+|UNABLE_[A-Z_]+|DEPTH_[A-Z_]+|SELF_[A-Z_]+|CERT_[A-Z_]+)$/;

const SOCKET_WORDS: Readonly<Record<string, string>> = {
  ECONNREFUSED: 'connection refused',
  ECONNRESET: 'the connection was reset',
  EPIPE: 'the connection was closed',
  ENOTFOUND: 'no such host',
  EAI_AGAIN: 'the host name cannot be resolved now',
  ETIMEDOUT: 'no answer',
  EHOSTUNREACH: 'the host cannot be reached',
  ENETUNREACH: 'the network cannot be reached',
  ENOENT: 'no such socket',
  EACCES: 'no permission for the socket',
};

export function kindOf(code: string | null): DatabaseErrorKind {
  if (code === null || LOST.has(code) || code.startsWith('08') || SOCKET_CODE.test(code)) return 'connection';
  if (CONFLICTS.has(code)) return 'conflict';
  if (code.startsWith('23')) return 'constraint';
  if (REFUSED.has(code) || code.startsWith('28')) return 'refused';
  return 'other';
}

/**
 * @param error what the package reports; an error without a code is its own word for a lost connection
 * @param statement what was under way
 * @param place the database, as a URL without its password
 */
export function toDatabaseError(error: unknown, statement: string | null, place: string): DatabaseError {
  if (error instanceof DatabaseError) return error;
  const code = codeOf(error);
  const words = SOCKET_WORDS[code ?? ''] ?? messageOf(error);
  const where = statement === null ? `cannot connect to ${place}` : `${place}: ${statement}`;
  return new DatabaseError(kindOf(code), `${where}: ${words}`, { statement, code, cause: error });
}

const codeOf = (error: unknown): string | null =>
  error instanceof AggregateError && error.errors.length > 0
    ? codeOf(error.errors[0])
    : typeof error === 'object' && error !== null && 'code' in error && typeof error.code === 'string'
      ? error.code
      : null;

function messageOf(error: unknown): string {
  if (error instanceof AggregateError && error.errors.length > 0) return messageOf(error.errors[0]);
  const { message, detail } = error as { message?: unknown; detail?: unknown };
  const text = typeof message === 'string' && message !== '' ? message : String(error);
  return oneLine(typeof detail === 'string' ? `${text} (${detail})` : text);
}
