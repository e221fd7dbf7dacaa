import { beforeEach, describe, expect, it } from 'vitest';
import { type Call, type Connection, DatabaseError, type DatabaseErrorKind } from '../../drivers/contract.ts';
import { SessionConnections } from './session-connections.ts';
import { ShardRouting } from './shard-routing.ts';

const call = (name: string): Call => ({
  statement: { name, text: name, parameters: [], columns: [] },
  parameters: [],
});

/** What the databases were asked for, in order: `shard verb names`. */
let asked: string[] = [];
/** Where an error comes: `shard verb`. */
let failing = new Map<string, DatabaseErrorKind>();

function connectionTo(shard: number): Connection {
  const ask = async (verb: string, ...details: string[]) => {
    asked.push([shard, verb, ...details].join(' '));
    const kind = failing.get(`${shard} ${verb}`);
    if (kind !== undefined) throw new DatabaseError(kind, `${shard} ${verb} fails`);
  };
  const all = async (verb: string, calls: readonly Call[] = []) => {
    await ask(verb, ...calls.map(({ statement }) => statement.name));
    return calls.map(({ statement }) => ({ rows: [[statement.name]], affectedRows: 1 }));
  };
  return {
    begin: (gid?: string) => void asked.push([shard, 'begin', ...(gid === undefined ? [] : [gid])].join(' ')),
    execute: async () => {
      await ask('decide');
      return { rows: [], affectedRows: 1 };
    },
    executeAll: (calls: readonly Call[]) => all('execute', calls),
    commit: (last?: readonly Call[]) => all('commit', last),
    prepare: (_gid: string, last?: readonly Call[]) => all('prepare', last),
    rollback: () => ask('rollback'),
    commitPrepared: () => ask('commit-prepared'),
    rollbackPrepared: () => ask('rollback-prepared'),
    listPrepared: async (gid: string) => [{ gid, preparedAtMs: null }],
    close: () => ask('close'),
  } as Partial<Connection> as Connection;
}

const DECISION = 'two-phase commit: decision';

function newSession(home: number): SessionConnections {
  return new SessionConnections(new ShardRouting(3, 1), home, async (shard) => connectionTo(shard), 'dbtest:run:0.0.0');
}

beforeEach(() => {
  asked = [];
  failing = new Map();
});

describe('a transaction on one database', () => {
  it('commits with its last statements in one go', async () => {
    const transaction = newSession(1).newTransaction();
    await transaction.on(1);
    const results = await transaction.commit([{ shard: 1, calls: [call('a'), call('b')] }]);
    expect(asked).toEqual(['1 begin', '1 commit a b']);
    expect(results.map((each) => each.map(({ rows }) => rows[0][0]))).toEqual([['a', 'b']]);
    expect(transaction.crossedShards).toBe(false);
  });
});

describe('a transaction on several databases', () => {
  const begun = async (home: number) => {
    const session = newSession(home);
    const transaction = session.newTransaction();
    for (const shard of [0, 1, 2]) await transaction.on(shard);
    asked = [];
    return { session, transaction };
  };
  const last = [
    { shard: 2, calls: [call('c')] },
    { shard: 1, calls: [call('b')] },
    { shard: 2, calls: [call('d')] },
  ];

  it('prepares the others, decides at the own one, and tells the others', async () => {
    const { transaction } = await begun(1);
    const results = await transaction.commit(last);
    expect(asked).toEqual([
      '0 prepare',
      '2 prepare c d',
      `1 commit b ${DECISION}`,
      '0 commit-prepared',
      '2 commit-prepared',
    ]);
    expect(results.map((each) => each.map(({ rows }) => rows[0][0]))).toEqual([['c'], ['b'], ['d']]);
    expect(transaction.crossedShards).toBe(true);
  });

  it('begins under its name where it will be asked to prepare', async () => {
    const transaction = newSession(1).newTransaction();
    for (const shard of [0, 1]) await transaction.on(shard);
    expect(asked).toEqual(['0 begin dbtest:run:0.0.0:1', '1 begin']);
  });

  it('looks for what a lost connection may have left prepared', async () => {
    const { session, transaction } = await begun(1);
    for (const verb of ['prepare', 'rollback']) failing.set(`2 ${verb}`, 'connection');
    await expect(transaction.commit(last)).rejects.toMatchObject({ kind: 'connection' });
    await transaction.rollback();
    failing.clear();
    asked = [];
    await session.settle();
    expect(asked).toEqual(['1 decide', '2 rollback-prepared']);
  });

  it('undoes later what could not be undone at once', async () => {
    const { session, transaction } = await begun(1);
    failing.set('1 commit', 'conflict');
    failing.set('0 rollback-prepared', 'connection');
    await expect(transaction.commit(last)).rejects.toMatchObject({ kind: 'conflict' });
    await transaction.rollback();
    failing.clear();
    asked = [];
    await session.settle();
    expect(asked).toEqual(['1 decide', '0 rollback-prepared']);
  });

  it('is not tried again once it is decided', async () => {
    const { transaction } = await begun(1);
    failing.set('0 commit-prepared', 'conflict');
    await expect(transaction.commit(last)).rejects.toMatchObject({ kind: 'other' });
  });

  it('undoes everything everywhere where one cannot prepare', async () => {
    const { transaction } = await begun(1);
    failing.set('2 prepare', 'conflict');
    await expect(transaction.commit(last)).rejects.toMatchObject({ kind: 'conflict' });
    asked = [];
    await transaction.rollback();
    expect(asked.sort()).toEqual(['0 rollback-prepared', '1 rollback', '2 rollback']);
  });

  it('undoes everything where the own one refuses to decide', async () => {
    const { transaction } = await begun(1);
    failing.set('1 commit', 'conflict');
    await expect(transaction.commit(last)).rejects.toMatchObject({ kind: 'conflict' });
    asked = [];
    await transaction.rollback();
    expect(asked.sort()).toEqual(['0 rollback-prepared', '1 rollback', '2 rollback-prepared']);
  });

  it('asks the own one what it decided where nobody knows, before it tells the others', async () => {
    const { session, transaction } = await begun(1);
    failing.set('1 commit', 'connection');
    failing.set('1 rollback', 'connection');
    await expect(transaction.commit(last)).rejects.toMatchObject({ kind: 'connection' });
    asked = [];
    await transaction.rollback();
    expect(asked).toEqual(['1 rollback', '1 close']);
    failing.clear();
    asked = [];
    await session.settle();
    expect(asked).toEqual([`1 decide`, '0 rollback-prepared', '1 decide', '2 rollback-prepared']);
  });

  it('is committed where one of the others is lost before it hears of it, and that one is told later', async () => {
    const { session, transaction } = await begun(1);
    failing.set('0 commit-prepared', 'connection');
    await transaction.commit(last);
    expect(asked).toEqual(expect.arrayContaining(['2 commit-prepared', '0 close']));
    failing.clear();
    asked = [];
    await session.settle();
    expect(asked).toEqual(['0 commit-prepared']);
    asked = [];
    await session.settle();
    expect(asked).toEqual([]);
  });
});

describe('the connections of a session', () => {
  it('are opened when they are needed, kept, and opened again after they were lost', async () => {
    const session = newSession(0);
    const first = await session.to(0);
    expect(await session.to(0)).toBe(first);
    failing.set('0 execute', 'connection');
    failing.set('0 rollback', 'connection');
    const transaction = session.newTransaction();
    await transaction.on(0);
    await transaction.rollback();
    expect(await session.to(0)).not.toBe(first);
    expect(session.reopened).toBe(1);
  });
});
