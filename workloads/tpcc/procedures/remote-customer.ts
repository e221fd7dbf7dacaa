/**
 * The customer of a Payment at another partition (TPC-C 2.5.1.2): the fragment that the home sends, what the customer's
 * partition does, and what the home keeps of the answer: the customer as the terminal shows it (2.5.3.4).
 *
 *   fragment: I0 W_ID, I1 D_ID, I2 C_W_ID, I3 C_D_ID, I4 C_ID or 0, I5 number of C_LAST or -1, I6 amount
 *   answer:   I0 C_ID, or 0 where nobody has the name; I1 C_DISCOUNT; F1 C_BALANCE; F2 C_CREDIT_LIM; F3 C_SINCE; then the
 *             bytes of C_FIRST to C_PHONE as they lie in the row, and with bad credit the first 200 of C_DATA
 */
import type { FragmentCall, RemoteFragments } from '../../../src/bench/contract.ts';
import type { Terminal } from '../inputs.ts';
import type { CustomerLookup } from './customer-lookup.ts';
import type { CustomerPayment } from './customer-payment.ts';
import type { Tables } from './tables.ts';

const FRAGMENT_WORDS = 4;
const NUMBERS_WORDS = 4;
/** 2.5.3.4: characters of C_DATA that the terminal shows. */
const SHOWN_DATA_BYTES = 200;
/** The texts from C_FIRST to C_PHONE with their lengths take less. */
const MOST_TEXT_BYTES = 184;

/** Words of the longest fragment or answer. */
export const REMOTE_CUSTOMER_WORDS = NUMBERS_WORDS + (MOST_TEXT_BYTES + SHOWN_DATA_BYTES) / 8;

/** What one terminal's Payment heard of its customer. */
export class RemoteCustomer {
  /** 0 where nobody has the last name. */
  customerId = 0;
  balanceCents = 0;
  private readonly words = new Int32Array(2 * REMOTE_CUSTOMER_WORDS);

  receive(int32s: Int32Array, float64s: Float64Array, at: number, bodyWords: number): void {
    this.customerId = int32s[at];
    this.balanceCents = float64s[(at >> 1) + 1];
    for (let i = 0; i < 2 * bodyWords; i++) this.words[i] = int32s[at + i];
  }
}

export class RemoteCustomerFragment {
  private readonly tables: Tables;
  private readonly lookup: CustomerLookup;
  private readonly payment: CustomerPayment;

  constructor(tables: Tables, lookup: CustomerLookup, payment: CustomerPayment) {
    this.tables = tables;
    this.lookup = lookup;
    this.payment = payment;
  }

  /** @returns false where the customer is at home */
  send(input: Terminal, remote: RemoteFragments, kind: number): boolean {
    const worker = remote.workerOf(input.customerWarehouseId);
    if (worker === remote.worker) return false;
    const at = remote.fragment(worker, kind, FRAGMENT_WORDS);
    const { int32s } = remote;
    int32s[at] = input.warehouseId;
    int32s[at + 1] = input.districtId;
    int32s[at + 2] = input.customerWarehouseId;
    int32s[at + 3] = input.customerDistrictId;
    int32s[at + 4] = input.customerId;
    int32s[at + 5] = input.lastNameNumber;
    int32s[at + 6] = input.amountCents;
    int32s[at + 7] = 0;
    return true;
  }

  /** At the customer's partition: a name's range is shared and the row chosen from it is taken alone. */
  execute(call: FragmentCall): boolean {
    const { customer } = this.tables;
    const { int32s, at, access } = call;
    const warehouseId = int32s[at + 2];
    const districtId = int32s[at + 3];
    const lastNameNumber = int32s[at + 5];
    let row: number;
    if (lastNameNumber >= 0) {
      const key = customer.byLastName.key.of3(warehouseId, districtId, lastNameNumber);
      if (!access.readRange(customer.byLastName, key, key + 1)) return false;
      row = this.lookup.byLastName(warehouseId, districtId, lastNameNumber);
    } else row = this.lookup.byId(warehouseId, districtId, int32s[at + 4]);
    if (row < 0) {
      const answerAt = call.answer(NUMBERS_WORDS);
      call.answerInt32s.fill(0, answerAt, answerAt + 2 * NUMBERS_WORDS);
      return true;
    }
    if (!access.write(customer.table, row)) return false;
    this.payment.pay(call.transaction, row, int32s[at], int32s[at + 1], int32s[at + 6]);
    this.answer(call, row);
    return true;
  }

  private answer(call: FragmentCall, row: number): void {
    const { customer } = this.tables;
    const { table } = customer;
    const textsAt = table.byteOffset(row, customer.first);
    const textBytes = table.byteOffset(row, customer.phone) + customer.phone.sizeBytes - textsAt;
    const dataBytes = this.payment.hasBadCredit(row) ? SHOWN_DATA_BYTES : 0;
    const textWords = (textBytes + 7) >> 3;
    const at = call.answer(NUMBERS_WORDS + textWords + dataBytes / 8);
    const { answerInt32s, answerFloat64s } = call;
    answerInt32s[at] = table.getInt32(row, customer.id);
    answerInt32s[at + 1] = table.getInt32(row, customer.discount);
    answerFloat64s[(at >> 1) + 1] = table.getInteger(row, customer.balance);
    answerFloat64s[(at >> 1) + 2] = table.getInteger(row, customer.creditLimit);
    answerFloat64s[(at >> 1) + 3] = table.getInteger(row, customer.since);
    const bytes = table.bytesOf(row);
    packBytes(bytes, textsAt, textBytes, answerInt32s, at + 2 * NUMBERS_WORDS);
    if (dataBytes > 0) {
      const dataAt = table.byteOffset(row, customer.data) + customer.data.lengthBytes;
      packBytes(bytes, dataAt, dataBytes, answerInt32s, at + 2 * (NUMBERS_WORDS + textWords));
    }
  }
}

/** Copies bytes, little endian, into int32 elements; the last is filled up with what follows. */
function packBytes(bytes: Uint8Array, at: number, length: number, int32s: Int32Array, to: number): void {
  for (let i = 0, target = to; i < length; i += 4, target++) {
    const from = at + i;
    int32s[target] = bytes[from] | (bytes[from + 1] << 8) | (bytes[from + 2] << 16) | (bytes[from + 3] << 24);
  }
}
