/** Inputs of the isolation tests as terminals type them in. */
import { assert } from '../../../../src/assert.ts';
import { DELIVERY_TYPE, NEW_ORDER_TYPE, ORDER_STATUS_TYPE, PAYMENT_TYPE, STOCK_LEVEL_TYPE } from '../../deck.ts';
import type { Terminal } from '../../inputs.ts';
import type { Inputs, TransactionType } from '../driver.ts';

/** Any transaction, with the input that belongs to its type. */
export type TypedInput = { [Type in TransactionType]: { type: Type; input: Inputs[Type] } }[TransactionType];

/** @param items highest I_ID */
export function typeInput(terminal: Terminal, { type, input }: TypedInput, items: number): void {
  switch (type) {
    case 'newOrder':
      terminal.type = NEW_ORDER_TYPE;
      terminal.districtId = input.districtId;
      terminal.customerId = input.customerId;
      terminal.lineCount = input.lines.length;
      input.lines.forEach((line, i) => {
        terminal.itemIds[i] = line.itemId;
        terminal.supplyWarehouseIds[i] = line.supplyWarehouseId;
        terminal.quantities[i] = line.quantity;
      });
      terminal.remoteLineCount = input.lines.filter((line) => line.supplyWarehouseId !== terminal.warehouseId).length;
      terminal.rollback = input.lines.some((line) => line.itemId > items);
      return;
    case 'payment':
      terminal.type = PAYMENT_TYPE;
      terminal.districtId = input.districtId;
      terminal.customerWarehouseId = input.customerWarehouseId;
      terminal.customerDistrictId = input.customerDistrictId;
      terminal.customerId = input.customerId;
      terminal.lastNameNumber = -1;
      terminal.amountCents = input.amountCents;
      return;
    case 'delivery':
      terminal.type = DELIVERY_TYPE;
      terminal.carrierId = input.carrierId;
      return;
    case 'orderStatus':
      terminal.type = ORDER_STATUS_TYPE;
      terminal.districtId = input.districtId;
      terminal.customerId = input.customerId;
      terminal.lastNameNumber = -1;
      return;
    case 'stockLevel':
      terminal.type = STOCK_LEVEL_TYPE;
      terminal.districtId = input.districtId;
      terminal.threshold = input.threshold;
      return;
    default:
      assert(false, 'prices cannot be changed');
  }
}
