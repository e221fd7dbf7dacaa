import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { DatabaseError, type DatabaseErrorKind } from '../contract.ts';
import { toDatabaseError } from './errors.ts';
import { PreparedBranches } from './prepared-branches.ts';
import { branchOf, gidOf, xidOf } from './xa.ts';

const FORMAT = 1684173939;
const row = (gid: string, branch: string, format = FORMAT) =>
  [format, Buffer.byteLength(gid), Buffer.byteLength(branch), Buffer.from(gid + branch)] as const;

describe('the name of a branch', () => {
  it('has both parts and a format, and is found again among others', () => {
    expect(xidOf('dbtest:a:1', "it's")).toBe(`'dbtest:a:1', 'it\\'s', ${FORMAT}`);
    expect(gidOf(row('dbtest:a:1', 'tpcc'), 'tpcc')).toBe('dbtest:a:1');
    expect(gidOf([FORMAT, 3, 4, 'a:1tpcc'], 'tpcc')).toBe('a:1');
    expect(gidOf(row('dbtest:a:1', 'other'), 'tpcc')).toBe(null);
    expect(gidOf(row('dbtest:a:1', 'tpcc', 1), 'tpcc')).toBe(null);
    expect(gidOf([FORMAT, 2, 2, Buffer.from([0xff, 0xfe, 0, 1])], 'tpcc')).toBe(null);
  });

  it('is found again for every database, by that one alone', () => {
    const gids = fc.stringMatching(/^[!-~]{1,64}$/);
    fc.assert(
      fc.property(gids, fc.string({ unit: 'binary' }), fc.string({ unit: 'binary' }), (gid, database, other) => {
        const prepared = row(gid, branchOf(database));
        const foreign = database === other ? gid : null;
        return gidOf(prepared, branchOf(database)) === gid && gidOf(prepared, branchOf(other)) === foreign;
      }),
    );
  });

  it('fits whatever the database is called', () => {
    for (const name of ['größer', 'a b', 'x'.repeat(65), '']) expect(branchOf(name)).toMatch(/^[0-9a-f]{64}$/);
    expect(branchOf('x'.repeat(64))).toHaveLength(64);
    expect(branchOf('größer')).not.toBe(branchOf('größte'));
    expect(() => xidOf('x'.repeat(65), 'tpcc')).toThrow('names no branch');
  });
});

describe('branches that wait for their outcome', () => {
  const failure = (code: string, kind: DatabaseErrorKind = 'other') =>
    new DatabaseError(kind, `${code} said`, { code });
  /** A server that answers so to each XA COMMIT, the last answer for ever, and lists one branch. */
  function branchesOf(answers: (DatabaseError | null)[], listed = [row('dbtest:a:1', 'tpcc')], longestHeldMs = 5000) {
    const asked: string[] = [];
    const ask = async (name: string): Promise<readonly unknown[]> => {
      asked.push(name);
      if (name === 'list prepared transactions') return listed;
      const answer = answers.length > 1 ? answers.shift() : answers[0];
      if (answer instanceof DatabaseError) throw answer;
      return [];
    };
    return { asked, branches: new PreparedBranches(ask, 'mysql://db/tpcc', 'tpcc', longestHeldMs) };
  }
  const unknown = failure('ER_XAER_NOTA');

  it('are asked for again until the session that has prepared them is gone', async () => {
    const { asked, branches } = branchesOf([unknown, unknown, failure('ER_XA_RETRY', 'conflict'), null]);
    await branches.end('COMMIT', 'dbtest:a:1');
    expect(asked.filter((name) => name === 'xa commit')).toHaveLength(4);
  });

  it('are given up where it stays, with what to do about it, and never as a conflict', async () => {
    await expect(branchesOf([unknown], undefined, 0).branches.end('COMMIT', 'dbtest:a:1')).rejects.toMatchObject({
      kind: 'other',
      message: expect.stringContaining('the session that has prepared dbtest:a:1 is still there; end it'),
    });
    const busy = branchesOf([failure('ER_XA_RETRY', 'conflict')], undefined, 0);
    await expect(busy.branches.end('COMMIT', 'dbtest:a:1')).rejects.toMatchObject({ kind: 'other' });
  });

  it('are unknown where they are not listed', async () => {
    await expect(branchesOf([unknown], []).branches.end('ROLLBACK', 'dbtest:a:1')).rejects.toBe(unknown);
  });

  it('are not shown to everybody by MySQL', async () => {
    const ask = () => Promise.reject(failure('ER_XAER_RMERR'));
    await expect(new PreparedBranches(ask, 'mysql://db/tpcc', 'tpcc').list('')).rejects.toMatchObject({
      kind: 'refused',
      message: expect.stringContaining(
        'mysql://db/tpcc: list prepared transactions: MySQL wants the privilege XA_RECOVER_ADMIN',
      ),
    });
  });
});

describe('errors of branches and procedures', () => {
  it.each([
    ['ER_XA_RBROLLBACK', 1402, 'conflict'],
    ['ER_XA_RBTIMEOUT', 1613, 'conflict'],
    ['ER_XA_RBDEADLOCK', 1614, 'conflict'],
    ['ER_XA_RETRY', 3197, 'conflict'],
    ['ER_XAER_NOTA', 1397, 'other'],
    ['ER_XAER_RMFAIL', 1399, 'other'],
    ['ER_XAER_OUTSIDE', 1400, 'other'],
    ['ER_XAER_RMERR', 1401, 'other'],
    ['ER_XAER_DUPID', 1440, 'other'],
    ['ER_PROCACCESS_DENIED_ERROR', 1370, 'refused'],
  ])('%s (%d) is of the kind %s', (code, errno, kind) => {
    expect(toDatabaseError({ code, errno, message: 'x' }, 'xa end', 'mysql://db/tpcc')).toMatchObject({ kind, code });
  });
});
