import { afterAll, beforeAll, expect, it } from 'vitest';
import type { PartialCheck } from '../../../../src/bench/contract.ts';
import type { DatabasePart } from '../../../../src/bench/database/contract.ts';
import type { ConditionResult } from '../../../../src/bench/result.ts';
import type { Connection } from '../../../../src/drivers/contract.ts';
import { describeWithServer } from '../../../../src/drivers/testing/installation.ts';
import { DATABASE_CONDITION_IDS, MOST_VIOLATIONS } from '../../checks/condition-tally.ts';
import { judge } from '../../checks/judge.ts';
import { checkPartition } from '../../checks/partition-checks.ts';
import {
  type Database,
  findRow,
  openDatabase,
  type PlainRow,
  readRow,
  runTransactions,
  SMALL_SCALE,
} from '../../testing/database.ts';
import { type Damage, damageDatabase, damagePartition, rowsOf, warehouseOf } from '../testing/damage.ts';
import { knownDamages } from '../testing/damages.ts';
import { DIALECTS } from '../testing/dialects.ts';
import { randomDamages } from '../testing/random-damages.ts';
import { fill, TEST_KINDS, type TestServer } from '../testing/test-databases.ts';
import { checkDatabase, judgeDatabases } from './database-checks.ts';

const PART = { firstWarehouse: 1, lastWarehouse: 2, totalWarehouses: 2 };

/** Two warehouses of the embedded engine after a run; databases get the same rows. */
const whole: Database = openDatabase({ lastWarehouse: 2, seed: 7, changeableItems: true });
runTransactions(whole.session, 2000);
const damages = knownDamages(whole);

interface Found {
  count: number;
  /** In any order; null where there are more than are named. */
  named: string[] | null;
}

/** What fails, in the words of a partition. */
function findings(results: readonly ConditionResult[]): Record<string, Found> {
  const failed = results.filter(({ id, passed }) => !passed && id !== 'engine.indexes');
  return Object.fromEntries(
    failed.map(({ id, violationCount, violations }) => {
      expect(violations).toHaveLength(Math.min(violationCount, MOST_VIOLATIONS));
      const named = violations.map((text) => text.replaceAll('database', 'partition')).sort();
      return [id, { count: violationCount, named: violationCount > MOST_VIOLATIONS ? null : named }];
    }),
  );
}

/** On each dialect, and other ones on each. */
const RANDOM_DAMAGES = 20;

/** Damage whose effects are seen only where the databases' sums are merged. */
const SPANNING = [
  'a changed payment',
  'a payment of null',
  'a balance that is off',
  'a customer who is gone',
  'a S_REMOTE_CNT that is off',
  'remote stock that silently stays home',
  'a quantity of null',
  'a stock row that is gone',
  'a line of stock in a warehouse that nobody has',
];

const expected = new Map<string, Record<string, Found>>();

/** What the embedded engine's own checks find, with the damage undone afterwards. */
function expectedFindings(damage: readonly Damage[]): Record<string, Found> {
  const name = JSON.stringify(damage);
  const known = expected.get(name) ?? findInPartition(damage);
  expected.set(name, known);
  return known;
}

function findInPartition(damage: readonly Damage[]): Record<string, Found> {
  const transaction = whole.partition.newTransaction();
  for (const each of damage) expect(damagePartition(whole.partition, transaction, each)).toBeGreaterThan(0);
  const results = judge([checkPartition(whole.partition, whole.scale)], true);
  transaction.abort();
  return findings(results);
}

/** Checks a damaged database, and undoes the damage. */
async function checkDamaged(
  connection: Connection,
  damage: readonly Damage[],
  part: DatabasePart = PART,
): Promise<PartialCheck> {
  connection.begin();
  try {
    for (const each of damage) expect(await damageDatabase(connection, each)).toBeGreaterThan(0);
    return await checkDatabase(connection, part, SMALL_SCALE);
  } finally {
    await connection.rollback();
  }
}

/** A connection that lets `then` happen after each of its statements. */
const interleaved = (connection: Connection, then: (statement: number) => Promise<void>): Connection => {
  let statements = 0;
  return new Proxy(connection, {
    get(target, name) {
      if (name !== 'execute') return Reflect.get(target, name).bind(target);
      return async (...call: Parameters<Connection['execute']>) => {
        const result = await target.execute(...call);
        await then(++statements);
        return result;
      };
    },
  });
};

/** A column with another number than the run has left there, and how to put that back. */
function changed(table: string, where: PlainRow, column: string): { done: Damage; undone: Damage } {
  const target = whole.partition.table(table);
  const value = Number(readRow(target, findRow(target, where))[column]);
  const set = (to: number): Damage => ({ kind: 'set', table, where, values: { [column]: to } });
  return { done: set(value + 5), undone: set(value) };
}

it('damage is there for every condition', () => {
  const found = Object.values(damages).flatMap((damage) => Object.keys(expectedFindings(damage)));
  expect([...new Set(found)].sort()).toEqual([...DATABASE_CONDITION_IDS].sort());
});

for (const { dialect, installation, open } of TEST_KINDS) {
  describeWithServer(installation, `the conditions on ${dialect}`, () => {
    let server: TestServer;
    let connection: Connection;
    beforeAll(async () => {
      server = await open(['checked', 'first_half', 'second_half']);
      connection = server.connections[0] as Connection;
      await fill(connection, dialect, rowsOf(whole.partition, null), { nullable: true });
      for (const warehouse of [1, 2]) {
        const half = server.connections[warehouse] as Connection;
        await fill(half, dialect, rowsOf(whole.partition, warehouse), { nullable: true });
      }
    });
    afterAll(() => server?.close());

    it('all hold after a run, and count the rows that they read', async () => {
      const results = judgeDatabases([await checkDatabase(connection, PART, SMALL_SCALE)], true);
      expect(results.map(({ id }) => id)).toEqual(DATABASE_CONDITION_IDS);
      expect(findings(results)).toEqual({});
      const engine = judge([checkPartition(whole.partition, whole.scale)], true);
      const read = (verdicts: readonly ConditionResult[]) =>
        Object.fromEntries(verdicts.map(({ id, title, checkedRows }) => [id, { title, checkedRows }]));
      expect(read(results)).toEqual(read(engine.filter(({ id }) => id !== 'engine.indexes')));
    });

    it('read one state of the database, whatever others commit meanwhile', async () => {
      const writer = await server.connect('checked');
      const changes = [
        changed('DISTRICT', { D_W_ID: 1, D_ID: 10 }, 'D_YTD'),
        changed('CUSTOMER', { C_W_ID: 1, C_D_ID: 2, C_ID: 5 }, 'C_BALANCE'),
        changed('STOCK', { S_W_ID: 2, S_I_ID: 7 }, 'S_YTD'),
      ];
      const disturbed = () =>
        interleaved(connection, async (statement) => {
          if (statement === 1) for (const { done } of changes) await damageDatabase(writer, done);
        });
      const undo = async () => {
        for (const { undone } of changes) await damageDatabase(writer, undone);
      };
      const check = async (on: Connection) =>
        Object.keys(findings(judgeDatabases([await checkDatabase(on, PART, SMALL_SCALE)], true)));
      const all = ['3.3.2.1', '3.3.2.9', '3.3.2.10', '3.3.2.12', 'stock.S_YTD'];
      connection.beginSnapshot();
      expect(await check(disturbed())).toEqual([]);
      await connection.rollback();
      connection.beginSnapshot();
      expect(await check(connection)).toEqual(all);
      await connection.rollback();
      await undo();
      // What it would be without.
      expect(await check(disturbed())).toEqual(all);
      await undo();
      await writer.close();
    });

    it.each(Object.keys(damages))('find %s as on the embedded engine', async (name) => {
      const damage = damages[name] as Damage[];
      const findable = expectedFindings(damage);
      expect(Object.keys(findable).length > 0).toBe(!name.includes('counts nowhere'));
      expect(findings(judgeDatabases([await checkDamaged(connection, damage)], true))).toEqual(findable);
    });

    it('find what the embedded engine finds of damage at random', async () => {
      for (const damage of randomDamages(whole, RANDOM_DAMAGES, DIALECTS.indexOf(dialect) + 1)) {
        const found = findings(judgeDatabases([await checkDamaged(connection, damage)], true));
        expect(found, JSON.stringify(damage)).toEqual(expectedFindings(damage));
      }
    });

    /** Warehouse 1 in one database and 2 in another, each damaged where its rows are. */
    const checkHalves = async (damage: readonly Damage[]): Promise<PartialCheck[]> => {
      const partials: PartialCheck[] = [];
      for (const warehouse of [1, 2]) {
        const own = damage.filter((each) => warehouseOf(each) === warehouse);
        const part = { firstWarehouse: warehouse, lastWarehouse: warehouse, totalWarehouses: 2 };
        partials.push(await checkDamaged(server.connections[warehouse] as Connection, own, part));
      }
      return partials;
    };

    it('hold over two databases that have shares in each other, and only over both', async () => {
      const partials = await checkHalves([]);
      expect(findings(judgeDatabases(partials, true))).toEqual({});
      expect(partials.every(({ sums }) => (sums['H_AMOUNT']?.keys.length ?? 0) > 20)).toBe(true);
      const spanning = ['3.3.2.10', 'stock.S_YTD', 'stock.S_ORDER_CNT', 'stock.S_REMOTE_CNT'];
      const alone = judgeDatabases(partials.slice(0, 1), false);
      expect(alone.filter(({ checkable }) => checkable === false).map(({ id }) => id)).toEqual(spanning);
      expect(alone.find(({ id }) => id === '3.3.2.10')?.reason).toBe('a database with a share in it is lost');
      expect(Object.keys(findings(judgeDatabases(partials.slice(0, 1), true)))).toEqual(spanning);
    });

    it.each(SPANNING)('find %s over two databases', async (name) => {
      const damage = damages[name] as Damage[];
      // A database that explains its own rows sends nothing of them, so that only the keys are worded alike.
      const keysOf = (found: Record<string, Found>) =>
        Object.entries(found).map(([id, { named }]) => [id, named?.map((violation) => violation.split(':')[0])]);
      expect(keysOf(findings(judgeDatabases(await checkHalves(damage), true)))).toEqual(
        keysOf(expectedFindings(damage)),
      );
    });
  });
}
