import { describe, expect, it } from 'vitest';
import { COMMITTED, USER_ABORT } from '../../src/bench/contract.ts';
import { judge } from './checks/judge.ts';
import { COUNTER } from './counters.ts';
import { LIST_RANGE } from './schema.ts';
import { SmallLists, type SmallListsOptions } from './testing/small-lists.ts';

function run(options: SmallListsOptions, count = 400): SmallLists {
  const lists = new SmallLists(options);
  lists.runMany(count);
  return lists;
}

const verdicts = ({ workers }: SmallLists) =>
  judge(
    workers.map(({ session }) => session.check()),
    true,
  );

/** The elements of every list as they lie, by the history's key. */
function stored({ workers }: SmallLists): Map<number, number[]> {
  const found = new Map<number, number[]>();
  for (const { session } of workers) {
    const { lists } = session;
    for (let row = 0; row < lists.table.rowBound; row++) {
      if (!lists.table.isLive(row)) continue;
      const at = (column: typeof lists.listId) => lists.table.getInt32(row, column);
      const key = at(lists.warehouseId) * LIST_RANGE + at(lists.listId);
      const elements = found.get(key) ?? [];
      elements[at(lists.position) - 1] = lists.table.getInteger(row, lists.element);
      found.set(key, elements);
    }
  }
  return found;
}

describe('lists', () => {
  it.each([
    ['on one worker', { workers: 1 }],
    ['on three workers', {}],
    ['on three workers, one list each and everything remote', { lists: 1, remotePct: 100, terminals: 5 }],
    ['that are full at once', { elementsMost: 2 }],
  ])('hold the appends of committed transactions and no others, %s', (_, options) => {
    const lists = run(options);
    expect(verdicts(lists).filter(({ passed }) => !passed)).toEqual([]);
    expect(lists.outcomes.length).toBe(400);
    const appends = (committed: boolean) =>
      lists.history.transactions
        .filter((each) => each.committed === committed)
        .flatMap(({ operations }) =>
          operations.flatMap(({ key, appended }) => (appended === undefined ? [] : [{ key, appended }])),
        );
    const inLists = stored(lists);
    for (const { key, appended } of appends(true)) expect(inLists.get(key)).toContain(appended);
    for (const { key, appended } of appends(false)) expect(inLists.get(key) ?? []).not.toContain(appended);
    const elements = [...inLists.values()].reduce((sum, each) => sum + each.length, 0);
    expect(elements).toBe(appends(true).length);
    expect(elements).toBeGreaterThan(5);
  });

  it('are read as prefixes of what they come to, own appends included', () => {
    const lists = run({ userAbortPct: 0 });
    const inLists = stored(lists);
    let read = 0;
    for (const { operations } of lists.history.transactions) {
      operations.forEach(({ key, elements }, i) => {
        if (elements === undefined) return;
        expect(inLists.get(key)?.slice(0, elements.length) ?? []).toEqual(elements);
        read += elements.length;
        const own = operations
          .slice(0, i)
          .flatMap((each) => (each.key === key && each.appended !== undefined ? [each.appended] : []));
        expect(elements.slice(elements.length - own.length)).toEqual(own);
      });
    }
    expect(read).toBeGreaterThan(100);
  });

  it('never grow beyond what is full: fresh ones replace them, which everybody finds', () => {
    const lists = run({ elementsMost: 3, lists: 1, userAbortPct: 0 }, 2000);
    const lengths = [...stored(lists).values()].map(({ length }) => length);
    expect(Math.max(...lengths)).toBe(3);
    expect(lengths.length).toBeGreaterThan(100);
    // Room is left in the last list of each warehouse, and where who saw it full gave up its own append then.
    expect(lengths.filter((length) => length < 3).length).toBeLessThanOrEqual(3 + lengths.length / 20);
    for (const { session } of lists.workers) {
      for (const other of lists.workers) {
        const warehouse = other.session.terminals[0].warehouseId;
        const behind = other.session.generations.listAt(warehouse, 0) - session.generations.listAt(warehouse, 0);
        expect(behind).toBeLessThanOrEqual(3);
      }
    }
    const full = lists.workers.reduce((sum, { session }) => sum + session.counters[COUNTER.appendsToFullLists], 0);
    expect(full).toBeGreaterThan(10);
  });

  it('are appended to by nobody who aborts', () => {
    const lists = run({ userAbortPct: 100 });
    expect(stored(lists).size).toBe(0);
    expect(new Set(lists.outcomes)).toEqual(new Set([COMMITTED, USER_ABORT]));
  });
});

describe('the conditions', () => {
  const failing = (breaks: (lists: SmallLists) => void): string[] => {
    const lists = run({});
    breaks(lists);
    return verdicts(lists).flatMap(({ id, passed }) => (passed ? [] : [id]));
  };

  it.each([
    [
      'an element that was lost',
      ['append.count'],
      ({ workers }: SmallLists) => {
        workers[0].session.appended++;
      },
    ],
    [
      'an element that stands twice',
      ['append.elements'],
      ({ workers: [{ session }] }: SmallLists) => {
        const { table, element } = session.lists;
        table.putInteger(0, element, table.getInteger(1, element));
      },
    ],
    [
      'a lock that was left',
      ['append.locks'],
      ({ workers }: SmallLists) => {
        workers[1].partition.locks.lock(0, 1, 0, 0);
      },
    ],
    [
      'an index that lacks a row',
      ['engine.indexes'],
      ({ workers: [{ session }] }: SmallLists) => {
        const { table } = session.lists;
        const primary = table.hashIndex('primary');
        primary.remove(primary.key.ofRow(table.int32sOf(0), table.int32Base(0)), 0);
      },
    ],
  ])('find %s', (_, ids, breaks) => {
    expect(failing(breaks)).toEqual(ids);
  });

  it('find a position that is missing', () => {
    const broken = failing(({ workers: [{ session, partition }] }) => {
      const { table } = session.lists;
      const transaction = partition.newTransaction();
      const first = Array.from({ length: table.rowBound }, (_, row) => row).find(
        (row) => table.isLive(row) && table.getInt32(row, session.lists.position) === 1,
      );
      transaction.delete(table, first ?? 0);
      transaction.commit();
    });
    expect(broken).toEqual(['append.positions', 'append.count']);
  });

  it('say nothing of what needs a partition that is lost', () => {
    const { workers } = run({});
    const open = judge([workers[0].session.check()], false).filter(({ checkable }) => checkable === false);
    expect(open.map(({ id }) => id)).toEqual(['append.count', 'append.locks']);
    expect(judge([], true).every(({ passed }) => !passed)).toBe(true);
  });
});
