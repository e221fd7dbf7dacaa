/** The plain model of an ordered index (a sorted array) and what compares the two. */
import { OrderedCursor } from '../ordered-cursor.ts';
import type { OrderedIndex } from '../ordered-index.ts';
import { NO_NODE, NODE_CAPACITY } from '../ordered-index-nodes.ts';

/** Entries sorted by key, then by row. */
export class OrderedModel {
  readonly keys: number[] = [];
  readonly rows: number[] = [];

  get size(): number {
    return this.keys.length;
  }

  /** Position of the first entry that is not below (key, row). */
  lowerBound(key: number, row: number): number {
    let from = 0;
    let to = this.keys.length;
    while (from < to) {
      const middle = (from + to) >> 1;
      if (this.keys[middle] < key || (this.keys[middle] === key && this.rows[middle] < row)) from = middle + 1;
      else to = middle;
    }
    return from;
  }

  has(key: number): boolean {
    return this.keys[this.lowerBound(key, -1)] === key;
  }

  insert(key: number, row: number): void {
    const at = this.lowerBound(key, row);
    this.keys.splice(at, 0, key);
    this.rows.splice(at, 0, row);
  }

  removeAt(at: number): void {
    this.keys.splice(at, 1);
    this.rows.splice(at, 1);
  }
}

/** Compares size, a full scan forward, one backward and the structure. Returns the first difference, or null. */
export function orderedDifference(index: OrderedIndex, model: OrderedModel): string | null {
  if (index.size !== model.size) return `size ${index.size}, expected ${model.size}`;
  const cursor = new OrderedCursor(index);
  let at = 0;
  for (cursor.seek(0); cursor.valid; cursor.next(), at++) {
    if (cursor.key !== model.keys[at] || cursor.row !== model.rows[at]) {
      return `forward ${at}: (${cursor.key}, ${cursor.row}), expected (${model.keys[at]}, ${model.rows[at]})`;
    }
  }
  if (at !== model.size) return `the forward scan ends after ${at} of ${model.size}`;
  for (cursor.seekBefore(2 ** 53); cursor.valid; cursor.previous()) {
    at--;
    if (cursor.key !== model.keys[at] || cursor.row !== model.rows[at]) {
      return `backward ${at}: (${cursor.key}, ${cursor.row}), expected (${model.keys[at]}, ${model.rows[at]})`;
    }
  }
  if (at !== 0) return `the backward scan ends before ${at}`;
  return structureFault(index);
}

interface Bound {
  key: number;
  row: number;
}

const LOWEST: Bound = { key: Number.NEGATIVE_INFINITY, row: 0 };
const HIGHEST: Bound = { key: Number.POSITIVE_INFINITY, row: 0 };

const before = (a: Bound, b: Bound): boolean => a.key < b.key || (a.key === b.key && a.row < b.row);

/** Inner levels above the leaves. */
export const heightOf = (index: OrderedIndex): number => index['height'];

/**
 * Checks the tree itself: order and bounds of every node, one depth, no empty node, the chain of the leaves, the bounds
 * that the last insert left for the next, and that every node ever allocated is in the tree or free.
 * @returns what is wrong, or null
 */
export function structureFault(index: OrderedIndex): string | null {
  const { leaves, unique } = index;
  const inners = index['inners'];
  const found: number[] = [];
  const fingers = index['fingers'].all();
  let innerNodes = 0;
  let fault: string | null = null;
  const note = (condition: boolean, message: string): void => {
    if (!condition && fault === null) fault = message;
  };

  const visitLeaf = (leaf: number, low: Bound, high: Bound): void => {
    found.push(leaf);
    const count = leaves.count(leaf);
    note(count <= NODE_CAPACITY && (count > 0 || heightOf(index) === 0), `leaf ${leaf} has ${count} entries`);
    let last: Bound | null = null;
    for (let i = 0; i < count; i++) {
      const at = leaves.base(leaf) + i;
      const key = leaves.keys(leaf)[at];
      const entry = { key, row: unique ? -1 : leaves.rows(leaf)[at] };
      note(last === null || before(last, entry), `leaf ${leaf} is out of order at ${i}`);
      note(!before(entry, low) && before(entry, high), `leaf ${leaf}: ${key} is outside its bounds`);
      last = entry;
    }
    for (const finger of fingers) {
      if (finger.leaf !== leaf) continue;
      note(finger.low >= low.key && finger.high <= high.key, `a finger's bounds exceed leaf ${leaf}`);
    }
  };

  const visit = (node: number, level: number, low: Bound, high: Bound): void => {
    if (level === 0) {
      visitLeaf(node, low, high);
      return;
    }
    innerNodes++;
    const count = inners.count(node);
    const least = node === index['root'] ? 2 : 1;
    note(count >= least && count <= NODE_CAPACITY, `inner node ${node} has ${count} children`);
    let from = low;
    for (let i = 0; i < count; i++) {
      const at = inners.base(node) + i;
      const to = i === count - 1 ? high : { key: inners.keys(node)[at], row: inners.rows(node)[at] };
      note(before(from, to), `inner node ${node} is out of order at ${i}`);
      visit(inners.children(node)[at], level - 1, from, to);
      from = to;
    }
  };

  visit(index['root'], heightOf(index), LOWEST, HIGHEST);
  found.forEach((leaf, i) => {
    note(leaves.previous(leaf) === (found[i - 1] ?? NO_NODE), `leaf ${leaf} has the wrong leaf before it`);
    note(leaves.next(leaf) === (found[i + 1] ?? NO_NODE), `leaf ${leaf} has the wrong leaf behind it`);
  });
  for (const { leaf } of fingers)
    note(found.includes(leaf), `a finger points to leaf ${leaf}, which is not in the tree`);
  const leafNodes = leaves['allocated'] - leaves['freeCount'];
  note(found.length === leafNodes, `${leafNodes} leaves are taken, the tree has ${found.length}`);
  const taken = inners['allocated'] - inners['freeCount'];
  note(innerNodes === taken, `${taken} inner nodes are taken, the tree has ${innerNodes}`);
  return fault;
}
