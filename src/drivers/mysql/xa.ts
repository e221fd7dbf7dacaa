/**
 * Names of branches of distributed transactions (MySQL, "XA Transactions"; The Open Group, CAE Specification on distributed
 * transaction processing). A server has one list of them for all its databases, so that a branch is named by its transaction
 * and by the database it is in: two branches of one transaction may be at one server, and each database finds its own.
 */
import { createHash } from 'node:crypto';
import { assert } from '../../assert.ts';

/** Tells dbtest's names from those of other applications: `dbts`. */
const FORMAT = 0x64_62_74_73;
const MOST_BYTES = 64;
const PLAIN = /^[\x21-\x7e]+$/;

/** What names the database's part of a transaction: its name, or a digest of one that would not fit. */
export const branchOf = (database: string): string =>
  PLAIN.test(database) && database.length <= MOST_BYTES
    ? database
    : createHash('sha256').update(database).digest('hex').slice(0, MOST_BYTES);

const quoted = (text: string): string => `'${text.replace(/['\\]/g, '\\$&')}'`;

/** As statements have it. */
export function xidOf(gid: string, branch: string): string {
  assert(PLAIN.test(gid) && gid.length <= MOST_BYTES, `${gid} names no branch of a transaction`);
  return `${quoted(gid)}, ${quoted(branch)}, ${FORMAT}`;
}

/** A row of XA RECOVER: format, bytes of both parts of the name, both parts behind each other. */
export type RecoverRow = readonly [number, number, number, Buffer | string];

/** The transaction that the row is a branch of; null where it is none of dbtest's in this database. */
export function gidOf([format, gidBytes, branchBytes, data]: RecoverRow, branch: string): string | null {
  const bytes = Buffer.from(data as string);
  const own = bytes.toString('latin1', gidBytes, gidBytes + branchBytes);
  return Number(format) === FORMAT && own === branch ? bytes.toString('latin1', 0, gidBytes) : null;
}
