/** What terminals type in (TPC-C 2.4.1, 2.5.1, 2.6.1, 2.7.1, 2.8.1). Knows no database: the same for every driver. */
import { DELIVERY_TYPE, type Mix, NEW_ORDER_TYPE, ORDER_STATUS_TYPE, PAYMENT_TYPE } from './deck.ts';
import { type NurandConstants, RandomStream, STREAM } from './random.ts';
import * as spec from './specification.ts';

/** What decides the input besides the random stream. */
export interface InputRules {
  scale: spec.Scale;
  totalWarehouses: number;
  constants: NurandConstants;
  /** Share of order lines from another warehouse; the specification's is 1. */
  remoteItemPct: number;
  /** Share of payments by a customer of another warehouse; the specification's is 15. */
  remotePaymentPct: number;
}

/**
 * One terminal: its place, its stream, and the input of its current transaction. One object for all types, so that the
 * code that reads it sees one shape; only the fields of `type` are meaningful.
 */
export class Terminal {
  readonly warehouseId: number;
  /** 2.8.1.1: the district of Stock-Level, fixed for the terminal's life. */
  readonly stockLevelDistrict: number;
  /** Index of the current transaction's type. */
  type = NEW_ORDER_TYPE;
  districtId = 0;
  /** 0 where the customer is chosen by last name. */
  customerId = 0;
  /** -1 where the customer is chosen by number. */
  lastNameNumber = -1;
  customerWarehouseId = 0;
  customerDistrictId = 0;
  amountCents = 0;
  carrierId = 0;
  threshold = 0;
  lineCount = 0;
  /** Lines from another warehouse. */
  remoteLineCount = 0;
  /** The last line asks for an unused item (2.4.1.4). */
  rollback = false;
  readonly itemIds = new Int32Array(spec.MOST_LINES);
  readonly supplyWarehouseIds = new Int32Array(spec.MOST_LINES);
  readonly quantities = new Int32Array(spec.MOST_LINES);
  private readonly rules: InputRules;
  private readonly random: RandomStream;
  private readonly mix: Mix;

  /** @param terminal number of the terminal within its warehouse, from 0 */
  constructor(seed: number, warehouseId: number, terminal: number, mix: Mix, rules: InputRules) {
    this.warehouseId = warehouseId;
    this.stockLevelDistrict = (terminal % rules.scale.districtsPerWarehouse) + 1;
    this.rules = rules;
    this.mix = mix;
    this.random = new RandomStream(seed, STREAM.terminal, warehouseId, terminal);
  }

  /** Chooses the next transaction and generates its whole input. Returns the type. */
  draw(): number {
    this.type = this.mix.next(this.random);
    switch (this.type) {
      case NEW_ORDER_TYPE:
        this.drawNewOrder();
        break;
      case PAYMENT_TYPE:
        this.drawPayment();
        break;
      case ORDER_STATUS_TYPE:
        this.districtId = this.district();
        this.customerWarehouseId = this.warehouseId;
        this.customerDistrictId = this.districtId;
        this.drawCustomer();
        break;
      case DELIVERY_TYPE:
        this.carrierId = this.random.uniform(1, spec.MOST_CARRIER_ID);
        break;
      default:
        this.districtId = this.stockLevelDistrict;
        this.threshold = this.random.uniform(spec.LEAST_THRESHOLD, spec.MOST_THRESHOLD);
    }
    return this.type;
  }

  private drawNewOrder(): void {
    const { random, rules } = this;
    const { items } = rules.scale;
    this.districtId = this.district();
    this.customerId = this.customerNumber();
    this.lineCount = random.uniform(spec.FEWEST_LINES, spec.MOST_LINES);
    this.rollback = random.uniform(1, 100) <= spec.ROLLBACK_PCT;
    this.remoteLineCount = 0;
    for (let line = 0; line < this.lineCount; line++) {
      this.itemIds[line] = random.nonUniform(spec.NURAND_A_ITEM_ID, rules.constants.itemId, 1, items);
      const remote = random.chance(rules.remoteItemPct) && rules.totalWarehouses > 1;
      if (remote) this.remoteLineCount++;
      this.supplyWarehouseIds[line] = remote ? this.otherWarehouse() : this.warehouseId;
      this.quantities[line] = random.uniform(1, spec.MOST_QUANTITY);
    }
    if (this.rollback) this.itemIds[this.lineCount - 1] = items + 1;
  }

  /** 2.5.1.2: a customer of elsewhere has a random district, also where the only warehouse is home. */
  private drawPayment(): void {
    const { random, rules } = this;
    this.districtId = this.district();
    const elsewhere = random.chance(rules.remotePaymentPct);
    this.customerWarehouseId = elsewhere && rules.totalWarehouses > 1 ? this.otherWarehouse() : this.warehouseId;
    this.customerDistrictId = elsewhere ? this.district() : this.districtId;
    this.drawCustomer();
    this.amountCents = random.uniform(spec.LEAST_PAYMENT_CENTS, spec.MOST_PAYMENT_CENTS);
  }

  /** 2.5.1.2 and 2.6.1.2: by last name or by number. */
  private drawCustomer(): void {
    const { random, rules } = this;
    if (random.uniform(1, 100) <= spec.BY_LAST_NAME_PCT) {
      const c = rules.constants.lastNameRun;
      const names = Math.min(spec.LAST_NAMES, rules.scale.customersPerDistrict);
      this.lastNameNumber = random.nonUniform(spec.NURAND_A_LAST_NAME, c, 0, names - 1);
      this.customerId = 0;
    } else {
      this.lastNameNumber = -1;
      this.customerId = this.customerNumber();
    }
  }

  private customerNumber(): number {
    const { scale, constants } = this.rules;
    return this.random.nonUniform(spec.NURAND_A_CUSTOMER_ID, constants.customerId, 1, scale.customersPerDistrict);
  }

  private district(): number {
    return this.random.uniform(1, this.rules.scale.districtsPerWarehouse);
  }

  /** Uniform over the other warehouses. */
  private otherWarehouse(): number {
    const drawn = this.random.uniform(1, this.rules.totalWarehouses - 1);
    return drawn < this.warehouseId ? drawn : drawn + 1;
  }
}
