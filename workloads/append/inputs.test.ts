import { describe, expect, it } from 'vitest';
import { auditInput } from './audit.ts';
import { COUNTER_NAMES } from './counters.ts';
import { expectedCrossShardPct } from './cross-shard-share.ts';
import { APPEND, APPEND_TO_LIST, type InputRules, Terminal } from './inputs.ts';
import { newMix } from './mix.ts';

const RULES: InputRules = {
  totalWarehouses: 4,
  lists: 5,
  mostOperations: 4,
  remotePct: 30,
  hotPct: 20,
  userAbortPct: 10,
  terminalsPerWarehouse: 3,
};
const DRAWS = 20_000;

const terminal = (warehouse: number, number: number, rules: Partial<InputRules> = {}): Terminal =>
  new Terminal(7, warehouse, number, newMix({ kind: 'deck' }), { ...RULES, ...rules });

/** What the audit and the report would hear of one terminal. */
function count(drawn: Terminal): { counters: Record<string, number>; crossing: number } {
  const counters = Object.fromEntries(COUNTER_NAMES.map((name) => [name, 0]));
  let crossing = 0;
  for (let i = 0; i < DRAWS; i++) {
    if (drawn.draw() === APPEND) counters['appendTransactions']++;
    if (drawn.aborts) counters['askedUserAborts']++;
    const warehouses = [...drawn.warehouseIds.subarray(0, drawn.operations)];
    counters['operations'] += drawn.operations;
    counters['remoteOperations'] += warehouses.filter((each) => each !== drawn.warehouseId).length;
    counters['hotOperations'] += drawn.places.subarray(0, drawn.operations).filter((place) => place === 0).length;
    if (warehouses.some((each) => each > 2 !== drawn.warehouseId > 2)) crossing++;
  }
  return { counters, crossing };
}

describe('what terminals ask for', () => {
  it('is the same for the same seed, and other for another terminal', () => {
    const text = (drawn: Terminal) => {
      const lines = [];
      for (let i = 0; i < 50; i++) {
        drawn.draw();
        const { type, operations, kinds, warehouseIds, places, elements, aborts } = drawn;
        lines.push([type, operations, aborts, ...[kinds, warehouseIds, places, elements].map((each) => each.join())]);
      }
      return lines;
    };
    expect(text(terminal(2, 1))).toEqual(text(terminal(2, 1)));
    expect(text(terminal(2, 1))).not.toEqual(text(terminal(2, 2)));
  });

  it('never has an element twice, whoever appends it', () => {
    const seen = new Set<number>();
    let appends = 0;
    for (let warehouse = 1; warehouse <= RULES.totalWarehouses; warehouse++) {
      for (let number = 0; number < RULES.terminalsPerWarehouse; number++) {
        const drawn = terminal(warehouse, number);
        for (let i = 0; i < 300; i++) {
          drawn.draw();
          for (let operation = 0; operation < drawn.operations; operation++) {
            if (drawn.kinds[operation] !== APPEND_TO_LIST) continue;
            seen.add(drawn.elements[operation]);
            appends++;
          }
        }
      }
    }
    expect(seen.size).toBe(appends);
    expect(appends).toBeGreaterThan(3000);
  });

  it('is what the options ask for, and the audit sees where it is not', () => {
    const context = { totalWarehouses: 4, lists: 5, remotePct: 30, hotPct: 20, userAbortPct: 10 };
    const { counters } = count(terminal(3, 0));
    expect(auditInput(counters, context).map(({ verdict }) => verdict)).toEqual(['pass', 'pass', 'pass']);
    const others = { ...context, remotePct: 33, hotPct: 24, userAbortPct: 13 };
    expect(auditInput(counters, others).map(({ verdict }) => verdict)).toEqual(['fail', 'fail', 'fail']);
  });

  it('leaves the shard as often as is expected', () => {
    const { crossing } = count(terminal(3, 0));
    const expected = expectedCrossShardPct({ totalWarehouses: 4, shards: 2, mostOperations: 4, remotePct: 30 });
    expect(Math.abs((100 * crossing) / DRAWS - expected)).toBeLessThan(1.5);
  });

  it('stays at the only warehouse, and on the only list', () => {
    const drawn = terminal(1, 0, { totalWarehouses: 1, lists: 1, remotePct: 100 });
    for (let i = 0; i < 100; i++) {
      drawn.draw();
      expect([...drawn.warehouseIds.subarray(0, drawn.operations)].every((each) => each === 1)).toBe(true);
      expect([...drawn.places.subarray(0, drawn.operations)].every((each) => each === 0)).toBe(true);
    }
  });
});
