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
    warehouse: {
      table: warehouse,
      primary: warehouse.hashIndex('primary'),
      id: warehouse.int32Column('W_ID'),
      name: warehouse.textColumn('W_NAME'),
      tax: warehouse.int32Column('W_TAX'),
      ytd: warehouse.integerColumn('W_YTD'),
    },
    district: {
      table: district,
      primary: district.hashIndex('primary'),
      id: district.int32Column('D_ID'),
      warehouseId: district.int32Column('D_W_ID'),
      name: district.textColumn('D_NAME'),
      tax: district.int32Column('D_TAX'),
      ytd: district.integerColumn('D_YTD'),
      nextOrderId: district.int32Column('D_NEXT_O_ID'),
    },
    customer: {
      table: customer,
      primary: customer.hashIndex('primary'),
      byLastName: customer.orderedIndex('byLastName'),
      lastNameCursor: new OrderedCursor(customer.orderedIndex('byLastName')),
      id: customer.int32Column('C_ID'),
      districtId: customer.int32Column('C_D_ID'),
      warehouseId: customer.int32Column('C_W_ID'),
      first: customer.textColumn('C_FIRST'),
      last: customer.textColumn('C_LAST'),
      credit: customer.textColumn('C_CREDIT'),
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
      orderId: newOrder.int32Column('NO_O_ID'),
      districtId: newOrder.int32Column('NO_D_ID'),
      warehouseId: newOrder.int32Column('NO_W_ID'),
    },
    order: {
      table: order,
      primary: order.orderedIndex('primary'),
      byCustomer: order.orderedIndex('byCustomer'),
      byCustomerCursor: new OrderedCursor(order.orderedIndex('byCustomer')),
      id: order.int32Column('O_ID'),
      districtId: order.int32Column('O_D_ID'),
      warehouseId: order.int32Column('O_W_ID'),
      customerId: order.int32Column('O_C_ID'),
      entryDate: order.integerColumn('O_ENTRY_D'),
      carrierId: order.int32Column('O_CARRIER_ID'),
      lineCount: order.int32Column('O_OL_CNT'),
      allLocal: order.int32Column('O_ALL_LOCAL'),
    },
    orderLine: {
      table: orderLine,
      primary: orderLine.orderedIndex('primary'),
      cursor: new OrderedCursor(orderLine.orderedIndex('primary')),
      orderId: orderLine.int32Column('OL_O_ID'),
      districtId: orderLine.int32Column('OL_D_ID'),
      warehouseId: orderLine.int32Column('OL_W_ID'),
      number: orderLine.int32Column('OL_NUMBER'),
      itemId: orderLine.int32Column('OL_I_ID'),
      supplyWarehouseId: orderLine.int32Column('OL_SUPPLY_W_ID'),
      deliveryDate: orderLine.integerColumn('OL_DELIVERY_D'),
      quantity: orderLine.int32Column('OL_QUANTITY'),
      amount: orderLine.int32Column('OL_AMOUNT'),
      districtInfo: orderLine.textColumn('OL_DIST_INFO'),
    },
    item: {
      table: item,
      primary: item.hashIndex('primary'),
      id: item.int32Column('I_ID'),
      name: item.textColumn('I_NAME'),
      price: item.int32Column('I_PRICE'),
      data: item.textColumn('I_DATA'),
    },
    stock: {
      table: stock,
      primary: stock.hashIndex('primary'),
      itemId: stock.int32Column('S_I_ID'),
      warehouseId: stock.int32Column('S_W_ID'),
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
