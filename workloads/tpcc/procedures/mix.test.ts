import { describe, expect, it } from 'vitest';
import { COMMITTED, QUEUED, USER_ABORT } from '../../../src/bench/contract.ts';
import { DELIVERY_TYPE, NEW_ORDER_TYPE, ORDER_STATUS_TYPE, PAYMENT_TYPE } from '../deck.ts';
import type { Terminal } from '../inputs.ts';
import { openDatabase, RUN_INSTANT_MS } from '../testing/database.ts';
import { PlainDatabase } from '../testing/plain-model.ts';

describe('the five procedures together', () => {
  it('agree with a plain model of the specification over a long mixed stream with many remote rows', () => {
    const database = openDatabase({ lastWarehouse: 3, remoteItemPct: 20, remotePaymentPct: 40, seed: 5 });
    const { session } = database;
    const model = new PlainDatabase(database.partition);
    const executed = [0, 0, 0, 0, 0];
    for (let i = 0; i < 2500; i++) {
      const terminal = i % session.terminals.length;
      const input = session.terminals[terminal] as Terminal;
      const type = session.draw(terminal);
      const nowMs = RUN_INSTANT_MS + i;
      const outcome = session.start(terminal, nowMs);
      executed[type] = (executed[type] ?? 0) + 1;
      if (type === NEW_ORDER_TYPE) {
        const expected = model.newOrder(input, nowMs);
        expect(outcome).toBe(expected === null ? USER_ABORT : COMMITTED);
        if (expected === null) continue;
        expect(session.newOrder.output.orderId).toBe(expected.orderId);
        expect(session.newOrder.output.totalCents).toBeCloseTo(expected.totalCents, 4);
      } else if (type === PAYMENT_TYPE) {
        const expected = model.payment(input, nowMs);
        expect(outcome).toBe(expected === null ? USER_ABORT : COMMITTED);
        if (expected !== null) expect(session.payment.output.balanceCents).toBe(expected['C_BALANCE']);
      } else if (type === ORDER_STATUS_TYPE) {
        const expected = model.orderStatus(input);
        expect(outcome).toBe(expected === null ? USER_ABORT : COMMITTED);
        if (expected !== null) expect(session.orderStatus.output.orderId).toBe(expected.order?.['O_ID'] ?? 0);
      } else if (type === DELIVERY_TYPE) {
        expect(outcome).toBe(QUEUED);
        expect(session.runDeferred(nowMs)).toBe(COMMITTED);
        expect(session.delivery.skippedDistricts).toBe(model.delivery(input.warehouseId, input.carrierId, nowMs));
      } else {
        expect(outcome).toBe(COMMITTED);
        const expected = model.stockLevel(input.warehouseId, input.districtId, input.threshold);
        expect(session.stockLevel.lowStock).toBe(expected);
      }
    }
    expect(Math.min(...executed)).toBeGreaterThan(80);
    expect(new PlainDatabase(database.partition).dump()).toEqual(model.dump());
  });
});
