import { afterEach, describe, expect, it, vi } from 'vitest';
import { binomialTest } from './binomial.ts';
import {
  DELIVERY_TYPE,
  Deck,
  type Mix,
  NEW_ORDER_TYPE,
  ORDER_STATUS_TYPE,
  PAYMENT_TYPE,
  STOCK_LEVEL_TYPE,
  WeightedMix,
} from './deck.ts';
import { type InputRules, Terminal } from './inputs.ts';
import { drawConstants, RandomStream } from './random.ts';
import { FULL_SCALE, REMOTE_ITEM_PCT, REMOTE_PAYMENT_PCT } from './specification.ts';
import { binned, countWithin, fitsUniform } from './testing/chi-square.ts';

const SEED = 2024;
const only = (type: number): Mix => new WeightedMix([0, 0, 0, 0, 0].map((_, i) => (i === type ? 1 : 0)));

function rules(totalWarehouses: number, changes: Partial<InputRules> = {}): InputRules {
  return {
    scale: FULL_SCALE,
    totalWarehouses,
    constants: drawConstants(SEED),
    remoteItemPct: REMOTE_ITEM_PCT,
    remotePaymentPct: REMOTE_PAYMENT_PCT,
    ...changes,
  };
}

/** Draws `count` inputs of one type and lets `visit` look at each. */
function drawMany(
  type: number,
  count: number,
  visit: (input: Terminal) => void,
  { warehouse = 3, totalWarehouses = 5, changes = {} as Partial<InputRules> } = {},
): void {
  const terminal = new Terminal(SEED, warehouse, 4, only(type), rules(totalWarehouses, changes));
  for (let i = 0; i < count; i++) {
    if (terminal.draw() !== type) expect.fail('another type was drawn');
    visit(terminal);
  }
}

/** So many hits of so many draws are no sign against the share. */
function expectShare(hits: number, total: number, pct: number): void {
  expect(binomialTest(hits, total, pct / 100), `${hits} of ${total}, expected ${pct}%`).toBeGreaterThan(1e-4);
}

afterEach(() => {
  vi.restoreAllMocks();
});

describe('the specification’s shares', () => {
  it('are 1% remote lines and 15% remote payments', () => {
    expect([REMOTE_ITEM_PCT, REMOTE_PAYMENT_PCT]).toEqual([1, 15]);
  });
});

describe('New-Order input (2.4.1)', () => {
  it('has 5 to 15 lines, quantities 1 to 10, and a district 1 to 10, each equally often', () => {
    const lineCounts: number[] = [];
    const quantities: number[] = [];
    const districts: number[] = [];
    drawMany(NEW_ORDER_TYPE, 50_000, (input) => {
      lineCounts.push(input.lineCount);
      districts.push(input.districtId);
      for (let line = 0; line < input.lineCount; line++) quantities.push(input.quantities[line] as number);
    });
    expect(fitsUniform(countWithin(lineCounts, 5, 15))).toBe(true);
    expect(fitsUniform(countWithin(quantities, 1, 10))).toBe(true);
    expect(fitsUniform(countWithin(districts, 1, 10))).toBe(true);
  });

  it('ends in an unused item in one of a hundred, on the last line only', () => {
    let rollbacks = 0;
    const total = 100_000;
    drawMany(NEW_ORDER_TYPE, total, (input) => {
      const ids = Array.from(input.itemIds.slice(0, input.lineCount));
      const unused = ids.filter((id) => id === FULL_SCALE.items + 1).length;
      if (unused !== (input.rollback ? 1 : 0)) expect.fail('an unused item without a rollback, or the reverse');
      if (input.rollback && ids.at(-1) !== FULL_SCALE.items + 1) expect.fail('not on the last line');
      if (ids.slice(0, -1).some((id) => id < 1 || id > FULL_SCALE.items)) expect.fail('an item outside 1..100,000');
      if (input.rollback) rollbacks++;
    });
    expectShare(rollbacks, total, 1);
  });

  it('takes 1% of the lines from another warehouse, equally often from each, never counting home', () => {
    for (const home of [1, 3, 5]) {
      const suppliers: number[] = [];
      let lines = 0;
      drawMany(
        NEW_ORDER_TYPE,
        60_000,
        (input) => {
          lines += input.lineCount;
          const remote = Array.from(input.supplyWarehouseIds.slice(0, input.lineCount)).filter((id) => id !== home);
          if (remote.length !== input.remoteLineCount) expect.fail('remoteLineCount is wrong');
          suppliers.push(...remote);
        },
        { warehouse: home },
      );
      expectShare(suppliers.length, lines, 1);
      const counts = Array.from(countWithin(suppliers, 1, 5));
      expect(counts[home - 1]).toBe(0);
      expect(fitsUniform(counts.filter((_, i) => i !== home - 1))).toBe(true);
    }
  });

  it('takes every line from home where there is one warehouse, and follows the option elsewhere', () => {
    drawMany(
      NEW_ORDER_TYPE,
      20_000,
      (input) => {
        if (input.remoteLineCount !== 0 || input.supplyWarehouseIds.slice(0, input.lineCount).some((id) => id !== 1)) {
          expect.fail('a remote line with one warehouse');
        }
      },
      { warehouse: 1, totalWarehouses: 1, changes: { remoteItemPct: 100 } },
    );
    drawMany(
      NEW_ORDER_TYPE,
      1000,
      (input) => {
        if (input.remoteLineCount !== input.lineCount) expect.fail('a home line at 100% remote');
      },
      { changes: { remoteItemPct: 100 } },
    );
    drawMany(
      NEW_ORDER_TYPE,
      1000,
      (input) => {
        if (input.remoteLineCount !== 0) expect.fail('a remote line at 0%');
      },
      { changes: { remoteItemPct: 0 } },
    );
  });

  it('draws items and customers by NURand with the constants of the run', () => {
    const nonUniform = vi.spyOn(RandomStream.prototype, 'nonUniform');
    drawMany(NEW_ORDER_TYPE, 200, () => {});
    const { constants } = rules(5);
    const asked = new Set(nonUniform.mock.calls.map((call) => call.join()));
    expect(asked).toEqual(new Set([`8191,${constants.itemId},1,100000`, `1023,${constants.customerId},1,3000`]));
    nonUniform.mockClear();
    drawMany(PAYMENT_TYPE, 200, () => {});
    expect(new Set(nonUniform.mock.calls.map((call) => call.join()))).toEqual(
      new Set([`1023,${constants.customerId},1,3000`, `255,${constants.lastNameRun},0,999`]),
    );
  });

  it('reaches the upper ends: 15 lines of 10, district 10, and the largest NURand over 8191, not 8190', () => {
    const { itemId, customerId } = rules(1).constants;
    const terminal = new Terminal(SEED, 1, 0, only(NEW_ORDER_TYPE), rules(1));
    vi.spyOn(RandomStream.prototype, 'bits').mockReturnValue(-1);
    terminal.draw();
    expect(terminal).toMatchObject({ lineCount: 15, districtId: 10, rollback: false, remoteLineCount: 0 });
    expect([...terminal.quantities]).toEqual(new Array(15).fill(10));
    expect([...terminal.itemIds]).toEqual(new Array(15).fill((((8191 | 100_000) + itemId) % 100_000) + 1));
    expect(terminal.customerId).toBe((((1023 | 3000) + customerId) % 3000) + 1);
    expect(8190 | 100_000).not.toBe(8191 | 100_000);
  });

  it('reaches the lower ends', () => {
    const terminal = new Terminal(SEED, 1, 0, only(NEW_ORDER_TYPE), rules(2));
    vi.spyOn(RandomStream.prototype, 'bits').mockReturnValue(0);
    terminal.draw();
    expect(terminal).toMatchObject({ lineCount: 5, districtId: 1, rollback: true, remoteLineCount: 5 });
    expect([...terminal.quantities.slice(0, 5)]).toEqual([1, 1, 1, 1, 1]);
    expect([...terminal.supplyWarehouseIds.slice(0, 5)]).toEqual([2, 2, 2, 2, 2]);
  });
});

describe('Payment input (2.5.1)', () => {
  it('has an amount of 1.00 to 5,000.00, each cent equally likely', () => {
    const amounts: number[] = [];
    drawMany(PAYMENT_TYPE, 100_000, (input) => amounts.push(input.amountCents));
    const counts = countWithin(amounts, 100, 500_000);
    expect(fitsUniform(binned(counts.slice(0, 499_900), 100))).toBe(true);
    expect(amounts.some((amount) => amount < 200)).toBe(true);
    expect(amounts.some((amount) => amount > 499_900)).toBe(true);
    const terminal = new Terminal(SEED, 1, 0, only(PAYMENT_TYPE), rules(1));
    vi.spyOn(RandomStream.prototype, 'bits').mockReturnValueOnce(0).mockReturnValue(-1);
    terminal.draw();
    expect(terminal.amountCents).toBe(500_000);
    vi.spyOn(RandomStream.prototype, 'bits').mockReturnValue(0);
    terminal.draw();
    expect(terminal.amountCents).toBe(100);
  });

  it('is by a customer of another warehouse in 15%: any other, any district', () => {
    const total = 60_000;
    for (const home of [1, 3, 5]) {
      const warehouses: number[] = [];
      const districts: number[] = [];
      let sameDistrict = 0;
      drawMany(
        PAYMENT_TYPE,
        total,
        (input) => {
          if (input.customerWarehouseId === home) {
            if (input.customerDistrictId !== input.districtId) expect.fail('a home customer of another district');
            return;
          }
          warehouses.push(input.customerWarehouseId);
          districts.push(input.customerDistrictId);
          if (input.customerDistrictId === input.districtId) sameDistrict++;
        },
        { warehouse: home },
      );
      expectShare(warehouses.length, total, 15);
      const counts = Array.from(countWithin(warehouses, 1, 5));
      expect(counts[home - 1]).toBe(0);
      expect(fitsUniform(counts.filter((_, i) => i !== home - 1))).toBe(true);
      expect(fitsUniform(countWithin(districts, 1, 10))).toBe(true);
      expectShare(sameDistrict, warehouses.length, 10);
    }
  });

  it('is by a customer of home where there is one warehouse', () => {
    drawMany(
      PAYMENT_TYPE,
      20_000,
      (input) => {
        if (input.customerWarehouseId !== 1) expect.fail('a remote payment with one warehouse');
        if (input.customerDistrictId < 1 || input.customerDistrictId > 10) expect.fail('a district outside 1..10');
      },
      { warehouse: 1, totalWarehouses: 1 },
    );
  });
});

describe('the choice of the customer (2.5.1.2, 2.6.1.2)', () => {
  it.each([
    ['Payment', PAYMENT_TYPE],
    ['Order-Status', ORDER_STATUS_TYPE],
  ])('of %s is by last name in 60 of 100 and by number in the rest', (_title, type) => {
    const total = 60_000;
    const names: number[] = [];
    const ids: number[] = [];
    drawMany(type, total, (input) => {
      if (input.lastNameNumber >= 0) {
        names.push(input.lastNameNumber);
        if (input.customerId !== 0) expect.fail('a name and a number');
      } else {
        ids.push(input.customerId);
        if (input.lastNameNumber !== -1) expect.fail('no name is -1');
      }
    });
    expectShare(names.length, total, 60);
    const byName = countWithin(names, 0, 999);
    const byId = countWithin(ids, 1, 3000);
    // Not uniform: that is the point of NURand. Every value can come up.
    expect(fitsUniform(binned(byName, 100))).toBe(false);
    expect(fitsUniform(binned(byId, 100))).toBe(false);
    expect(byName.filter((count) => count > 0).length).toBeGreaterThan(900);
  });

  it('of Order-Status is at home, in the district of the transaction', () => {
    const districts: number[] = [];
    drawMany(ORDER_STATUS_TYPE, 20_000, (input) => {
      districts.push(input.districtId);
      if (input.customerWarehouseId !== 3 || input.customerDistrictId !== input.districtId) expect.fail('not at home');
    });
    expect(fitsUniform(countWithin(districts, 1, 10))).toBe(true);
  });
});

describe('Delivery input (2.7.1)', () => {
  it('has a carrier 1 to 10', () => {
    const carriers: number[] = [];
    drawMany(DELIVERY_TYPE, 50_000, (input) => carriers.push(input.carrierId));
    expect(fitsUniform(countWithin(carriers, 1, 10))).toBe(true);
  });
});

describe('Stock-Level input (2.8.1)', () => {
  it('has a threshold 10 to 20 and the one district of its terminal', () => {
    const thresholds: number[] = [];
    const districts = new Set<number>();
    drawMany(STOCK_LEVEL_TYPE, 50_000, (input) => {
      thresholds.push(input.threshold);
      districts.add(input.districtId);
    });
    expect(fitsUniform(countWithin(thresholds, 10, 20))).toBe(true);
    expect(districts).toEqual(new Set([5]));
  });

  it('covers all ten districts with the ten terminals of a warehouse', () => {
    const terminals = Array.from({ length: 10 }, (_, n) => new Terminal(SEED, 1, n, new Deck(), rules(2)));
    expect(new Set(terminals.map((terminal) => terminal.stockLevelDistrict)).size).toBe(10);
    for (const terminal of terminals) {
      const fixed = terminal.stockLevelDistrict;
      for (let i = 0; i < 200; i++) {
        const type = terminal.draw();
        if (type === STOCK_LEVEL_TYPE) expect(terminal.districtId).toBe(fixed);
      }
      expect(terminal.stockLevelDistrict).toBe(fixed);
    }
  });
});

describe('a terminal’s stream', () => {
  /** Everything meaningful of the next inputs. */
  function stream(seed: number, warehouse: number, number: number, count = 100): string[] {
    const terminal = new Terminal(seed, warehouse, number, new Deck(), rules(5));
    return Array.from({ length: count }, () => {
      terminal.draw();
      const { type, districtId, customerId, lastNameNumber, amountCents, lineCount } = terminal;
      const lines = Array.from({ length: lineCount }, (_, i) => [
        terminal.itemIds[i],
        terminal.supplyWarehouseIds[i],
        terminal.quantities[i],
      ]);
      return JSON.stringify({ type, districtId, customerId, lastNameNumber, amountCents, lines });
    });
  }

  it('is the same for the same seed, warehouse and terminal, whoever else draws', () => {
    const alone = stream(1, 2, 3);
    stream(1, 2, 4);
    expect(stream(1, 2, 3)).toEqual(alone);
  });

  it('differs with the seed, the warehouse and the terminal', () => {
    const streams = [stream(1, 2, 3), stream(2, 2, 3), stream(1, 3, 3), stream(1, 2, 4), stream(1, 3, 2)];
    expect(new Set(streams.map((inputs) => inputs.join())).size).toBe(streams.length);
  });
});
