/** Handles of the tables, columns and indexes of one partition that the procedures use, looked up once. */
import { OrderedCursor } from '../../../src/engine/ordered-cursor.ts';
import type { Partition } from '../../../src/engine/partition.ts';
import { CUSTOMER, DISTRICT, HISTORY, ITEM, NEW_ORDER, ORDER, ORDER_LINE, STOCK, WAREHOUSE } from '../schema.ts';

/** @param partition holds the tables of `schema.ts` */
export function openTables(partition: Partition) {
  const warehouse = partition.table(WAREHOUSE.name);
  const district = partition.table(DISTRICT.name);
  const customer = partition.table(CUSTOMER.name);
  const history = partition.table(HISTORY.name);
  const newOrder = partition.table(NEW_ORDER.name);
  const order = partition.table(ORDER.name);
  const orderLine = partition.table(ORDER_LINE.name);
  const item = partition.table(ITEM.name);
  const stock = partition.table(STOCK.name);
  return {
    /** What fragments of other partitions hold: rows of STOCK and CUSTOMER, and last names. */
    access: partition.access,
    warehouse: {
      table: warehouse,
      primary: warehouse.hashIndex('primary'),
      id: warehouse.keyColumn('W_ID'),
      name: warehouse.textColumn('W_NAME'),
      tax: warehouse.int32Column('W_TAX'),
      ytd: warehouse.integerColumn('W_YTD'),
    },
    district: {
      table: district,
      primary: district.directIndex('primary'),
      id: district.keyColumn('D_ID'),
      warehouseId: district.keyColumn('D_W_ID'),
      name: district.textColumn('D_NAME'),
      tax: district.int32Column('D_TAX'),
      ytd: district.integerColumn('D_YTD'),
      nextOrderId: district.int32Column('D_NEXT_O_ID'),
    },
    customer: {
      table: customer,
      primary: customer.directIndex('primary'),
      byLastName: customer.orderedIndex('byLastName'),
      lastNameCursor: new OrderedCursor(customer.orderedIndex('byLastName')),
      id: customer.keyColumn('C_ID'),
      districtId: customer.keyColumn('C_D_ID'),
      warehouseId: customer.keyColumn('C_W_ID'),
      first: customer.textColumn('C_FIRST'),
      last: customer.textColumn('C_LAST'),
      credit: customer.textColumn('C_CREDIT'),
      phone: customer.textColumn('C_PHONE'),
      since: customer.integerColumn('C_SINCE'),
      creditLimit: customer.integerColumn('C_CREDIT_LIM'),
      discount: customer.int32Column('C_DISCOUNT'),
      balance: customer.integerColumn('C_BALANCE'),
      ytdPayment: customer.integerColumn('C_YTD_PAYMENT'),
      paymentCount: customer.int32Column('C_PAYMENT_CNT'),
      deliveryCount: customer.int32Column('C_DELIVERY_CNT'),
      data: customer.textColumn('C_DATA'),
    },
    history: {
      table: history,
      customerId: history.int32Column('H_C_ID'),
      customerDistrictId: history.int32Column('H_C_D_ID'),
      customerWarehouseId: history.int32Column('H_C_W_ID'),
      districtId: history.int32Column('H_D_ID'),
      warehouseId: history.int32Column('H_W_ID'),
      date: history.integerColumn('H_DATE'),
      amount: history.int32Column('H_AMOUNT'),
      data: history.textColumn('H_DATA'),
    },
    newOrder: {
      table: newOrder,
      primary: newOrder.orderedIndex('primary'),
      cursor: new OrderedCursor(newOrder.orderedIndex('primary')),
      orderId: newOrder.keyColumn('NO_O_ID'),
      districtId: newOrder.keyColumn('NO_D_ID'),
      warehouseId: newOrder.keyColumn('NO_W_ID'),
    },
    order: {
      table: order,
      primary: order.orderedIndex('primary'),
      byCustomer: order.orderedIndex('byCustomer'),
      byCustomerCursor: new OrderedCursor(order.orderedIndex('byCustomer')),
      id: order.keyColumn('O_ID'),
      districtId: order.keyColumn('O_D_ID'),
      warehouseId: order.keyColumn('O_W_ID'),
      customerId: order.keyColumn('O_C_ID'),
      entryDate: order.integerColumn('O_ENTRY_D'),
      carrierId: order.int32Column('O_CARRIER_ID'),
      lineCount: order.int32Column('O_OL_CNT'),
      allLocal: order.int32Column('O_ALL_LOCAL'),
    },
    orderLine: {
      table: orderLine,
      primary: orderLine.orderedIndex('primary'),
      cursor: new OrderedCursor(orderLine.orderedIndex('primary')),
      orderId: orderLine.keyColumn('OL_O_ID'),
      districtId: orderLine.keyColumn('OL_D_ID'),
      warehouseId: orderLine.keyColumn('OL_W_ID'),
      number: orderLine.keyColumn('OL_NUMBER'),
      itemId: orderLine.int32Column('OL_I_ID'),
      supplyWarehouseId: orderLine.int32Column('OL_SUPPLY_W_ID'),
      deliveryDate: orderLine.integerColumn('OL_DELIVERY_D'),
      quantity: orderLine.int32Column('OL_QUANTITY'),
      amount: orderLine.int32Column('OL_AMOUNT'),
      districtInfo: orderLine.textColumn('OL_DIST_INFO'),
    },
    item: {
      table: item,
      primary: item.directIndex('primary'),
      id: item.keyColumn('I_ID'),
      name: item.textColumn('I_NAME'),
      price: item.int32Column('I_PRICE'),
      data: item.textColumn('I_DATA'),
    },
    stock: {
      table: stock,
      primary: stock.directIndex('primary'),
      itemId: stock.keyColumn('S_I_ID'),
      warehouseId: stock.keyColumn('S_W_ID'),
      quantity: stock.int32Column('S_QUANTITY'),
      /** By district, from 1. */
      districtInfo: Array.from({ length: 11 }, (_, d) =>
        stock.textColumn(`S_DIST_${String(Math.max(1, d)).padStart(2, '0')}`),
      ),
      ytd: stock.int32Column('S_YTD'),
      orderCount: stock.int32Column('S_ORDER_CNT'),
      remoteCount: stock.int32Column('S_REMOTE_CNT'),
      data: stock.textColumn('S_DATA'),
    },
  };
}

export type Tables = ReturnType<typeof openTables>;
