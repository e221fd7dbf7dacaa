/**
 * Ordered index: a B+tree over (key, row), keys below 2^53. Nodes are freed when they are empty and not merged before
 * (Johnson and Shasha, "B-trees with inserts and deletes: why free-at-empty is better than merge-at-half", 1993).
 *
 * Appends are the common case of a benchmark: runs of ascending keys at one place per district. A full leaf splits where
 * the run goes on, so that what is left behind is full; and the leaf of each run's last insert is remembered with its
 * bounds (`ordered-index-fingers.ts`).
 *
 * A unique index compares keys only (its separators carry no row): equal keys then always meet in the same leaf.
 */
import { assert } from '../assert.ts';
import type { ImageSink, ImageSource } from './image.ts';
import type { MemoryBudget } from './memory-budget.ts';
import { RunFingers } from './ordered-index-fingers.ts';
import { INNER_CHUNK_BYTES, LEAF_CHUNK_BYTES, NO_NODE, NODE_CAPACITY, NodePool } from './ordered-index-nodes.ts';
import type { PackedKey } from './packed-key.ts';

/** 64^10 entries. */
const DEEPEST = 10;
/** Inserts of a short batch of transactions, each of which may split a leaf and the inner node above it. */
const SPARE_LEAVES = 128;
const SPARE_INNERS = SPARE_LEAVES + DEEPEST;

/** What became of a row. */
export const ENTERED = 1;
export const REFUSED = 0;
/** Its key does not belong to the leaf where its run goes on; nothing has changed. */
export const ELSEWHERE = -1;
export type NearInsert = typeof ENTERED | typeof REFUSED | typeof ELSEWHERE;

export class OrderedIndex {
  readonly name: string;
  readonly key: PackedKey;
  /** Space of the index's keys in the lock table; the partition sets it. */
  lockSpace = 0;
  readonly unique: boolean;
  /** Read by cursors. */
  readonly leaves: NodePool;
  /** Raised by every change; a cursor that outlives one is a bug. */
  version = 0;
  private readonly inners: NodePool;
  private root: number;
  /** Inner levels above the leaves. */
  private height = 0;
  private count = 0;
  /** Inner node and child position of each level of the last descent, the root first. */
  private readonly pathNodes = new Int32Array(DEEPEST);
  private readonly pathPositions = new Int32Array(DEEPEST);
  /** Bounds of the leaf that the last descent ended in. */
  private lowBound = 0;
  private highBound = 0;
  private readonly fingers: RunFingers;

  constructor(name: string, key: PackedKey, unique: boolean, budget: MemoryBudget) {
    this.name = name;
    this.key = key;
    this.unique = unique;
    this.fingers = new RunFingers(key);
    this.leaves = new NodePool(budget, false);
    this.inners = new NodePool(budget, true);
    this.root = this.leaves.allocate();
  }

  get size(): number {
    return this.count;
  }

  /** Bytes that the next inserts may take. */
  get pendingGrowthBytes(): number {
    return (
      (this.leaves.available < SPARE_LEAVES ? LEAF_CHUNK_BYTES : 0) +
      (this.inners.available < SPARE_INNERS ? INNER_CHUNK_BYTES : 0)
    );
  }

  /**
   * Adds an entry.
   * @returns false, and changes nothing, when the index is unique and has the key
   * @throws OperatingFault `MEMORY_LIMIT`; nothing has changed then
   */
  insert(key: number, row: number): boolean {
    const { leaves, fingers } = this;
    const slot = fingers.slotOf(key);
    let leaf = fingers.leafFor(slot, key);
    if (leaf !== NO_NODE) {
      const appended = leaves.append(leaf, key, row);
      if (appended >= 0) {
        this.version++;
        this.count++;
        fingers.advance(slot, appended);
        return true;
      }
    }
    const isKnown = leaf !== NO_NODE && leaves.count(leaf) < NODE_CAPACITY;
    if (!isKnown) leaf = this.descend(key, this.unique ? -1 : row);
    const count = leaves.count(leaf);
    const position = this.positionIn(leaf, key, this.unique ? -1 : row);
    if (this.unique && position < count && leaves.keys(leaf)[leaves.base(leaf) + position] === key) return false;
    if (count === NODE_CAPACITY) {
      this.splitAndInsert(slot, leaf, position, key, row);
      return true;
    }
    this.version++;
    this.count++;
    this.insertAt(leaf, position, key, row);
    if (isKnown) fingers.advance(slot, position);
    else fingers.point(slot, leaf, this.lowBound, this.highBound, position);
    return true;
  }

  /** `insert` with the key of the row at int32 element `base` of `int32s`. Key and insert in one, so that no key is boxed. */
  insertRow(int32s: Int32Array, base: number, row: number): boolean {
    return this.insert(this.key.ofRow(int32s, base), row);
  }

  /** `insertRow` where the run of the row's key was last added to, which costs no descent. */
  insertNear(int32s: Int32Array, base: number, row: number): NearInsert {
    const key = this.key.ofRow(int32s, base);
    const { fingers } = this;
    const slot = fingers.slotOf(key);
    if (fingers.isSet(slot) && fingers.leafFor(slot, key) === NO_NODE) return ELSEWHERE;
    return this.insert(key, row) ? ENTERED : REFUSED;
  }

  /**
   * Adds `count` entries in the order of their keys, each as `insert` does.
   * @returns how many there were before the first that is refused
   * @throws OperatingFault `MEMORY_LIMIT`
   */
  insertAscending(keys: Float64Array, rows: Int32Array, count: number): number {
    for (let i = 0; i < count; i++) if (!this.insert(keys[i], rows[i])) return i;
    return count;
  }

  /** Nodes as they lie. */
  save(sink: ImageSink): void {
    this.leaves.save(sink);
    this.inners.save(sink);
    sink.number(this.root);
    sink.number(this.height);
    sink.number(this.count);
  }

  /** Becomes what `save` gave; the index is empty. @throws OperatingFault `MEMORY_LIMIT` */
  restore(source: ImageSource): void {
    assert(this.count === 0, `${this.name} is not empty`);
    this.leaves.restore(source);
    this.inners.restore(source);
    this.root = source.number();
    this.height = source.number();
    this.count = source.number();
    this.fingers.forgetAll();
    this.version++;
  }

  /** Removes the entry (key, row), which must be there. */
  remove(key: number, row: number): void {
    const leaves = this.leaves;
    const leaf = this.descend(key, this.unique ? -1 : row);
    const keys = leaves.keys(leaf);
    const rows = leaves.rows(leaf);
    const base = leaves.base(leaf);
    const count = leaves.count(leaf);
    const position = this.positionIn(leaf, key, this.unique ? -1 : row);
    const at = base + position;
    if (position >= count || keys[at] !== key || rows[at] !== row) {
      assert(false, `${this.name}: entry (${key}, ${row}) to remove is missing`);
    }
    this.version++;
    this.count--;
    for (let i = at, last = base + count - 1; i < last; i++) {
      keys[i] = keys[i + 1];
      rows[i] = rows[i + 1];
    }
    leaves.setCount(leaf, count - 1);
    if (count === 1 && this.height > 0) this.dropLeaf(leaf);
  }

  /** Row of `key` in a unique index, or -1. */
  get(key: number): number {
    assert(this.unique, 'point lookups need a unique index');
    const leaf = this.descend(key, -1);
    const position = this.positionIn(leaf, key, -1);
    if (position >= this.leaves.count(leaf)) return -1;
    const at = this.leaves.base(leaf) + position;
    return this.leaves.keys(leaf)[at] === key ? this.leaves.rows(leaf)[at] : -1;
  }

  /** Leaf in which (key, row) belongs; row -1 asks for the first entry with the key. Fills the path and the bounds. */
  descend(key: number, row: number): number {
    const inners = this.inners;
    let node = this.root;
    let low = Number.NEGATIVE_INFINITY;
    let high = Number.POSITIVE_INFINITY;
    for (let level = 0; level < this.height; level++) {
      const keys = inners.keys(node);
      const rows = inners.rows(node);
      const base = inners.base(node);
      let from = 0;
      let to = inners.count(node) - 1;
      const separators = to;
      while (from < to) {
        const middle = (from + to) >> 1;
        const separator = keys[base + middle];
        if (separator < key || (separator === key && rows[base + middle] <= row)) from = middle + 1;
        else to = middle;
      }
      if (from > 0) low = keys[base + from - 1];
      if (from < separators) high = keys[base + from];
      this.pathNodes[level] = node;
      this.pathPositions[level] = from;
      node = inners.children(node)[base + from];
    }
    this.lowBound = low;
    this.highBound = high;
    return node;
  }

  /** Position of the first entry of `leaf` that is not below (key, row). */
  positionIn(leaf: number, key: number, row: number): number {
    const keys = this.leaves.keys(leaf);
    const rows = this.leaves.rows(leaf);
    const base = this.leaves.base(leaf);
    let from = 0;
    let to = this.leaves.count(leaf);
    if (to > 0 && keys[base + to - 1] < key) return to;
    while (from < to) {
      const middle = (from + to) >> 1;
      const found = keys[base + middle];
      if (found < key || (found === key && rows[base + middle] < row)) from = middle + 1;
      else to = middle;
    }
    return from;
  }

  private insertAt(leaf: number, position: number, key: number, row: number): void {
    const keys = this.leaves.keys(leaf);
    const rows = this.leaves.rows(leaf);
    const base = this.leaves.base(leaf);
    const count = this.leaves.count(leaf);
    for (let i = base + count, end = base + position; i > end; i--) {
      keys[i] = keys[i - 1];
      rows[i] = rows[i - 1];
    }
    keys[base + position] = key;
    rows[base + position] = row;
    this.leaves.setCount(leaf, count + 1);
  }

  private splitAndInsert(slot: number, leaf: number, position: number, key: number, row: number): void {
    const { leaves, fingers } = this;
    const ascending = position === NODE_CAPACITY || (position > 0 && fingers.continues(slot, leaf, position));
    const at = ascending ? position : NODE_CAPACITY >> 1;
    leaves.ensure(1);
    this.inners.ensure(this.height + 1);
    this.version++;
    this.count++;
    const right = leaves.allocate();
    const next = leaves.next(leaf);
    leaves.setNext(right, next);
    leaves.setPrevious(right, leaf);
    leaves.setNext(leaf, right);
    if (next !== NO_NODE) leaves.setPrevious(next, right);

    const fromKeys = leaves.keys(leaf);
    const fromRows = leaves.rows(leaf);
    const fromBase = leaves.base(leaf);
    const toKeys = leaves.keys(right);
    const toRows = leaves.rows(right);
    const toBase = leaves.base(right);
    for (let i = at; i < NODE_CAPACITY; i++) {
      toKeys[toBase + i - at] = fromKeys[fromBase + i];
      toRows[toBase + i - at] = fromRows[fromBase + i];
    }
    leaves.setCount(leaf, at);
    leaves.setCount(right, NODE_CAPACITY - at);
    const goesRight = position > at || at === NODE_CAPACITY || (position === at && !ascending);
    if (goesRight) this.insertAt(right, position - at, key, row);
    else this.insertAt(leaf, position, key, row);

    const separator = toKeys[toBase];
    this.addToParent(this.height - 1, separator, this.unique ? -1 : toRows[toBase], right);
    fingers.forget(leaf);
    if (goesRight) fingers.point(slot, right, separator, this.highBound, position - at);
    else fingers.point(slot, leaf, this.lowBound, separator, position);
  }

  /** Puts `child` behind the child of the last descent at `level`; level -1 grows a new root. */
  private addToParent(level: number, separator: number, separatorRow: number, child: number): void {
    const inners = this.inners;
    if (level < 0) {
      assert(this.height < DEEPEST, `${this.name}: the tree is too deep`);
      const root = inners.allocate();
      const base = inners.base(root);
      inners.keys(root)[base] = separator;
      inners.rows(root)[base] = separatorRow;
      inners.children(root)[base] = this.root;
      inners.children(root)[base + 1] = child;
      inners.setCount(root, 2);
      this.root = root;
      this.height++;
      return;
    }
    const node = this.pathNodes[level];
    const position = this.pathPositions[level];
    if (inners.count(node) < NODE_CAPACITY) {
      this.addChild(node, position, separator, separatorRow, child);
      return;
    }
    const at = position === NODE_CAPACITY - 1 ? NODE_CAPACITY - 1 : NODE_CAPACITY >> 1;
    const right = inners.allocate();
    const keys = inners.keys(node);
    const rows = inners.rows(node);
    const children = inners.children(node);
    const base = inners.base(node);
    const toBase = inners.base(right);
    const upKey = keys[base + at - 1];
    const upRow = rows[base + at - 1];
    for (let i = at; i < NODE_CAPACITY; i++) {
      inners.children(right)[toBase + i - at] = children[base + i];
      if (i === NODE_CAPACITY - 1) break;
      inners.keys(right)[toBase + i - at] = keys[base + i];
      inners.rows(right)[toBase + i - at] = rows[base + i];
    }
    inners.setCount(node, at);
    inners.setCount(right, NODE_CAPACITY - at);
    if (position >= at) this.addChild(right, position - at, separator, separatorRow, child);
    else this.addChild(node, position, separator, separatorRow, child);
    this.addToParent(level - 1, upKey, upRow, right);
  }

  private addChild(node: number, position: number, separator: number, separatorRow: number, child: number): void {
    const inners = this.inners;
    const keys = inners.keys(node);
    const rows = inners.rows(node);
    const children = inners.children(node);
    const base = inners.base(node);
    const count = inners.count(node);
    for (let i = base + count - 1, end = base + position; i > end; i--) {
      keys[i] = keys[i - 1];
      rows[i] = rows[i - 1];
    }
    for (let i = base + count, end = base + position + 1; i > end; i--) children[i] = children[i - 1];
    keys[base + position] = separator;
    rows[base + position] = separatorRow;
    children[base + position + 1] = child;
    inners.setCount(node, count + 1);
  }

  /** Unlinks the empty leaf that the last descent ended in, and every inner node that this empties. */
  private dropLeaf(leaf: number): void {
    const { leaves, inners } = this;
    const next = leaves.next(leaf);
    const previous = leaves.previous(leaf);
    if (next !== NO_NODE) leaves.setPrevious(next, previous);
    if (previous !== NO_NODE) leaves.setNext(previous, next);
    leaves.free(leaf);
    this.fingers.forget(leaf);

    let level = this.height - 1;
    while (inners.count(this.pathNodes[level]) === 1) {
      inners.free(this.pathNodes[level]);
      level--;
      assert(level >= 0, `${this.name}: the root lost its last child`);
    }
    const node = this.pathNodes[level];
    const position = this.pathPositions[level];
    const base = inners.base(node);
    const count = inners.count(node);
    const keys = inners.keys(node);
    const rows = inners.rows(node);
    const children = inners.children(node);
    for (let i = Math.max(0, position - 1); i < count - 2; i++) {
      keys[base + i] = keys[base + i + 1];
      rows[base + i] = rows[base + i + 1];
    }
    for (let i = position; i < count - 1; i++) children[base + i] = children[base + i + 1];
    inners.setCount(node, count - 1);

    while (this.height > 0 && inners.count(this.root) === 1) {
      const only = inners.children(this.root)[inners.base(this.root)];
      inners.free(this.root);
      this.root = only;
      this.height--;
    }
  }
}
