/** What a client keeps of a New-Order's answer (2.4.3.3): enough to look for the order later. As one number, and as words. */

const DISTRICTS = 100;
const ORDERS = 10_000_000;
const LINES = 100;

/** @param orderId below ten million */
export const packReceipt = (warehouseId: number, districtId: number, orderId: number, lineCount: number): number =>
  ((warehouseId * DISTRICTS + districtId) * ORDERS + orderId) * LINES + lineCount;

/** `warehouse district order lines`. */
export function receiptText(receipt: number): string {
  const lineCount = receipt % LINES;
  const order = Math.floor(receipt / LINES);
  const district = Math.floor(order / ORDERS);
  return `${Math.floor(district / DISTRICTS)} ${district % DISTRICTS} ${order % ORDERS} ${lineCount}`;
}
