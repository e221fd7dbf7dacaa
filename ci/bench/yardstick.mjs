#!/usr/bin/env node
// A yardstick, not a model: New-Order + Payment at one warehouse-owning thread, on bare typed arrays and a
// generic hash index. No undo, no ordered index, no log, no latency recording, no other transactions. It tells how fast
// this machine is *now*, so that a throughput can be quoted as a ratio to it.
//   node yardstick.mjs [warehouses=1] [seconds=3]   prints one JSON line
const warehouses = Number(process.argv[2] ?? 1);
const seconds = Number(process.argv[3] ?? 3);

let s0 = 0x12345678 | 0,
  s1 = 0x9abcdef0 | 0;
const rnd = () => {
  let t = s0;
  const u = s1;
  s0 = u;
  t ^= t << 23;
  t ^= t >>> 17;
  t ^= u ^ (u >>> 26);
  s1 = t;
  return (t + u) >>> 0;
};
const uniform = (a, b) => a + Math.floor((rnd() / 4294967296) * (b - a + 1));
const nurand = (A, x, y, C) => (((uniform(0, A) | uniform(x, y)) + C) % (y - x + 1)) + x;

class HashIndex {
  // float64 key -> int32 row, open addressing
  constructor(capacity) {
    let n = 1;
    while (n < capacity * 2) n <<= 1;
    this.#alloc(n);
  }
  #alloc(n) {
    this.mask = n - 1;
    this.keys = new Float64Array(n).fill(-1);
    this.rows = new Int32Array(n);
    this.size = 0;
  }
  #slot(key) {
    let h = Math.imul((key | 0) ^ Math.imul((key / 4294967296) | 0, 0x85ebca6b), 0x9e3779b1);
    h ^= h >>> 15;
    h = Math.imul(h, 0x2c1b3c6d);
    h ^= h >>> 12;
    return h & this.mask;
  }
  get(key) {
    for (let i = this.#slot(key); ; i = (i + 1) & this.mask) {
      const k = this.keys[i];
      if (k === key) return this.rows[i];
      if (k === -1) return -1;
    }
  }
  put(key, row) {
    if (this.size * 2 > this.mask) {
      const { keys, rows } = this;
      this.#alloc((this.mask + 1) * 2);
      for (let i = 0; i < keys.length; i++) if (keys[i] !== -1) this.put(keys[i], rows[i]);
    }
    let i = this.#slot(key);
    while (this.keys[i] !== -1 && this.keys[i] !== key) i = (i + 1) & this.mask;
    if (this.keys[i] === -1) this.size++;
    this.keys[i] = key;
    this.rows[i] = row;
  }
}
const SHIFT = 12,
  MASK = 4095;
class Table {
  constructor(stride) {
    this.stride = stride;
    this.u8 = [];
    this.i32 = [];
    this.f64 = [];
    this.rows = 0;
  }
  alloc() {
    const r = this.rows++;
    if (r >> SHIFT >= this.u8.length) {
      const b = new ArrayBuffer(this.stride << SHIFT);
      this.u8.push(new Uint8Array(b));
      this.i32.push(new Int32Array(b));
      this.f64.push(new Float64Array(b));
    }
    return r;
  }
}
const item = new Table(88),
  stock = new Table(320),
  customer = new Table(680),
  district = new Table(104),
  warehouse = new Table(96);
const order = new Table(40),
  orderLine = new Table(64),
  newOrderT = new Table(16),
  history = new Table(56);
const byItem = new HashIndex(100000),
  byStock = new HashIndex(100000 * warehouses),
  byCustomer = new HashIndex(30000 * warehouses);
const byOrder = new HashIndex(60000 * warehouses),
  byLine = new HashIndex(600000 * warehouses),
  byNewOrder = new HashIndex(20000 * warehouses);
for (let i = 1; i <= 100000; i++) {
  const r = item.alloc();
  byItem.put(i, r);
  item.f64[r >> SHIFT][(r & MASK) * 11] = uniform(100, 10000) / 100;
}
for (let w = 1; w <= warehouses; w++) {
  warehouse.alloc();
  for (let d = 1; d <= 10; d++) {
    const r = district.alloc();
    district.i32[r >> SHIFT][(r & MASK) * 26] = 3001;
    for (let c = 1; c <= 3000; c++) byCustomer.put((w * 16 + d) * 4096 + c, customer.alloc());
  }
  for (let i = 1; i <= 100000; i++) {
    const r = stock.alloc();
    byStock.put(w * 131072 + i, r);
    stock.i32[r >> SHIFT][(r & MASK) * 80] = uniform(10, 100);
    stock.u8[r >> SHIFT].fill(97, (r & MASK) * 320 + 32, (r & MASK) * 320 + 272);
  }
}
const itemIds = new Int32Array(15),
  quantities = new Int32Array(15);
function newOrder(w) {
  const d = uniform(1, 10),
    c = nurand(1023, 1, 3000, 259),
    lines = uniform(5, 15);
  for (let i = 0; i < lines; i++) {
    itemIds[i] = nurand(8191, 1, 100000, 7911);
    quantities[i] = uniform(1, 10);
  }
  const wr = w - 1,
    tax = warehouse.f64[wr >> SHIFT][(wr & MASK) * 12],
    dr = wr * 10 + d - 1,
    di = district.i32[dr >> SHIFT];
  const o = di[(dr & MASK) * 26];
  di[(dr & MASK) * 26] = o + 1;
  const cr = byCustomer.get((w * 16 + d) * 4096 + c),
    discount = customer.f64[cr >> SHIFT][(cr & MASK) * 85];
  const key = (w * 16 + d) * 16777216 + o,
    or = order.alloc();
  byOrder.put(key, or);
  const oi = order.i32[or >> SHIFT],
    ob = (or & MASK) * 10;
  oi[ob] = o;
  oi[ob + 1] = c;
  oi[ob + 2] = lines;
  const nr = newOrderT.alloc();
  byNewOrder.put(key, nr);
  newOrderT.i32[nr >> SHIFT][(nr & MASK) * 4] = o;
  let total = 0;
  for (let i = 0; i < lines; i++) {
    const it = itemIds[i],
      ir = byItem.get(it),
      price = item.f64[ir >> SHIFT][(ir & MASK) * 11],
      sr = byStock.get(w * 131072 + it);
    const si = stock.i32[sr >> SHIFT],
      sb = (sr & MASK) * 80,
      q = si[sb],
      n = quantities[i];
    si[sb] = q >= n + 10 ? q - n : q - n + 91;
    si[sb + 1] += n;
    si[sb + 2]++;
    const lr = orderLine.alloc();
    byLine.put(key * 16 + i, lr);
    const li = orderLine.i32[lr >> SHIFT],
      lb = (lr & MASK) * 16;
    li[lb] = it;
    li[lb + 1] = w;
    li[lb + 2] = n;
    const amount = n * price;
    orderLine.f64[lr >> SHIFT][(lr & MASK) * 8 + 2] = amount;
    total += amount;
    const from = stock.u8[sr >> SHIFT],
      to = orderLine.u8[lr >> SHIFT],
      a = (sr & MASK) * 320 + 32 + (d - 1) * 24,
      b = (lr & MASK) * 64 + 24;
    for (let j = 0; j < 24; j++) to[b + j] = from[a + j];
  }
  return total * (1 - discount) * (1 + tax);
}
function payment(w) {
  const d = uniform(1, 10),
    c = nurand(1023, 1, 3000, 259),
    amount = uniform(100, 500000) / 100,
    wr = w - 1,
    dr = wr * 10 + d - 1;
  warehouse.f64[wr >> SHIFT][(wr & MASK) * 12 + 1] += amount;
  district.f64[dr >> SHIFT][(dr & MASK) * 13 + 3] += amount;
  const cr = byCustomer.get((w * 16 + d) * 4096 + c),
    cf = customer.f64[cr >> SHIFT],
    cb = (cr & MASK) * 85;
  cf[cb + 1] -= amount;
  cf[cb + 2] += amount;
  customer.i32[cr >> SHIFT][(cr & MASK) * 170 + 8]++;
  const hr = history.alloc(),
    hf = history.f64[hr >> SHIFT],
    hb = (hr & MASK) * 7;
  hf[hb] = amount;
  hf[hb + 1] = c;
  return amount;
}
let sink = 0;
function run(forSeconds) {
  const start = performance.now(),
    end = start + forSeconds * 1000;
  let n = 0,
    k = 0;
  while (performance.now() < end)
    for (let i = 0; i < 256; i++, n++) {
      const w = 1 + (k++ % warehouses);
      sink += rnd() % 88 < 45 ? newOrder(w) : payment(w);
    }
  return n / ((performance.now() - start) / 1000);
}
run(1);
console.log(
  JSON.stringify({
    yardstick: 'newOrder+payment',
    warehouses,
    seconds,
    tps: Math.round(run(seconds)),
    node: process.version,
    sink: sink > 0,
  }),
);
