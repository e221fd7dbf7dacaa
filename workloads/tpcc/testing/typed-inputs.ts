/** Inputs that a test types into a terminal in place of drawn ones. */
import { Deck, NEW_ORDER_TYPE, PAYMENT_TYPE } from '../deck.ts';
import { type InputRules, Terminal } from '../inputs.ts';
import { drawConstants } from '../random.ts';
import { SMALL_SCALE } from './database.ts';

export interface Line {
  item: number;
  supply?: number;
  quantity?: number;
}

/** The lowest unused item. */
export const UNUSED = SMALL_SCALE.items + 1;

const RULES: InputRules = {
  scale: SMALL_SCALE,
  totalWarehouses: 2,
  constants: drawConstants(1),
  remoteItemPct: 1,
  remotePaymentPct: 15,
};

/** A terminal of no session. */
export const newTerminal = (warehouse: number): Terminal => new Terminal(1, warehouse, 0, new Deck(), RULES);

/** Types a New-Order with exactly these lines. */
export function typeOrder(
  input: Terminal,
  lines: readonly Line[],
  { district = 4, customer = 7 }: { district?: number; customer?: number } = {},
): Terminal {
  const { warehouseId } = input;
  input.type = NEW_ORDER_TYPE;
  input.districtId = district;
  input.customerId = customer;
  input.lineCount = lines.length;
  lines.forEach(({ item, supply = warehouseId, quantity = 5 }, i) => {
    input.itemIds[i] = item;
    input.supplyWarehouseIds[i] = supply;
    input.quantities[i] = quantity;
  });
  input.remoteLineCount = lines.filter(({ supply = warehouseId }) => supply !== warehouseId).length;
  input.rollback = lines.some(({ item }) => item >= UNUSED);
  return input;
}

export interface PaymentInput {
  district?: number;
  /** At the terminal's warehouse and district where it is not said; by `name`, which is a number, or by `id`. */
  customer?: { warehouse?: number; district?: number; id?: number; name?: number };
  amount?: number;
}

/** Types a Payment. */
export function typePayment(
  input: Terminal,
  { district = 3, customer = {}, amount = 12_345 }: PaymentInput = {},
): Terminal {
  input.type = PAYMENT_TYPE;
  input.districtId = district;
  input.customerWarehouseId = customer.warehouse ?? input.warehouseId;
  input.customerDistrictId = customer.district ?? district;
  input.customerId = customer.id ?? 0;
  input.lastNameNumber = customer.name ?? -1;
  input.amountCents = amount;
  return input;
}

/** Lines of these items, all at home. */
export const items = (...numbers: number[]): Line[] => numbers.map((item) => ({ item }));
