/** Reads an ordered index in order. Reused from scan to scan; holds no memory of its own. */
import { assert } from '../assert.ts';
import type { OrderedIndex } from './ordered-index.ts';
import { NO_NODE } from './ordered-index-nodes.ts';

/**
 * A position in an ordered index. After a seek, `valid` tells whether there is an entry, `key` and `row` are its parts.
 * Any change of the index ends the scan, and so does either end: moving on afterwards asserts.
 */
export class OrderedCursor {
  valid = false;
  key = 0;
  row = -1;
  private readonly index: OrderedIndex;
  private leaf = NO_NODE;
  private position = 0;
  private version = 0;

  constructor(index: OrderedIndex) {
    this.index = index;
  }

  /** Goes to the first entry whose key is at least `key`. */
  seek(key: number): boolean {
    const index = this.index;
    this.version = index.version;
    this.leaf = index.descend(key, -1);
    this.position = index.positionIn(this.leaf, key, -1);
    if (this.position === index.leaves.count(this.leaf)) return this.enter(index.leaves.next(this.leaf), false);
    return this.load();
  }

  /** Goes to the last entry whose key is below `key`. */
  seekBefore(key: number): boolean {
    const index = this.index;
    this.version = index.version;
    this.leaf = index.descend(key, -1);
    this.position = index.positionIn(this.leaf, key, -1) - 1;
    if (this.position < 0) return this.enter(index.leaves.previous(this.leaf), true);
    return this.load();
  }

  /** Moves to the next entry. */
  next(): boolean {
    assert(this.valid, 'the scan has ended');
    assert(this.version === this.index.version, 'the index changed under a cursor');
    this.position++;
    if (this.position === this.index.leaves.count(this.leaf))
      return this.enter(this.index.leaves.next(this.leaf), false);
    return this.load();
  }

  /** Moves to the previous entry. */
  previous(): boolean {
    assert(this.valid, 'the scan has ended');
    assert(this.version === this.index.version, 'the index changed under a cursor');
    this.position--;
    if (this.position < 0) return this.enter(this.index.leaves.previous(this.leaf), true);
    return this.load();
  }

  /** Leaves are never empty, except the only one of an empty tree. */
  private enter(leaf: number, atEnd: boolean): boolean {
    if (leaf === NO_NODE) {
      this.valid = false;
      return false;
    }
    this.leaf = leaf;
    this.position = atEnd ? this.index.leaves.count(leaf) - 1 : 0;
    return this.load();
  }

  private load(): boolean {
    const leaves = this.index.leaves;
    const at = leaves.base(this.leaf) + this.position;
    this.key = leaves.keys(this.leaf)[at];
    this.row = leaves.rows(this.leaf)[at];
    this.valid = true;
    return true;
  }
}
