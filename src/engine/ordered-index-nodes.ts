/**
 * Memory of a B+tree: where the fields of its nodes lie. Leaves and inner nodes live in two pools of typed-array chunks;
 * a node is an integer, its chunk and its place in the chunk follow from the bits.
 *
 *   leaf    keys[64] float64, rows[64] int32, count, next leaf, previous leaf
 *   inner   separator keys[63] float64, separator rows[63] int32, children[64] int32, child count
 *
 * Child i of an inner node holds the entries from separator i-1 (inclusive) to separator i (exclusive).
 */
import { bytesOf, type ImageSink, type ImageSource } from './image.ts';
import type { MemoryBudget } from './memory-budget.ts';

/** Entries of a leaf and children of an inner node. */
export const NODE_CAPACITY = 64;
export const NODE_SHIFT = 6;
/** Nodes per chunk: a chunk of leaves is 200 KB, small enough for an idle table and rare enough for a busy one. */
const CHUNK_SHIFT = 8;
const CHUNK_NODES = 1 << CHUNK_SHIFT;
const CHUNK_MASK = CHUNK_NODES - 1;
export const NO_NODE = -1;

const COUNT = 0;
const NEXT = 1;
const PREVIOUS = 2;
const HEADER_SHIFT = 2;

/** Bytes that one more chunk of leaves takes. */
export const LEAF_CHUNK_BYTES = CHUNK_NODES * (NODE_CAPACITY * 12 + 4 * (1 << HEADER_SHIFT));
/** Bytes that one more chunk of inner nodes takes. */
export const INNER_CHUNK_BYTES = CHUNK_NODES * (NODE_CAPACITY * 16 + 4 * (1 << HEADER_SHIFT));

/** A pool of nodes with keys, rows (and children, for inner nodes), headers and a list of freed nodes. */
export class NodePool {
  readonly keyChunks: Float64Array[] = [];
  readonly rowChunks: Int32Array[] = [];
  readonly childChunks: Int32Array[] = [];
  private readonly headerChunks: Int32Array[] = [];
  private readonly budget: MemoryBudget;
  private readonly withChildren: boolean;
  private allocated = 0;
  private freeHead = NO_NODE;
  private freeCount = 0;

  constructor(budget: MemoryBudget, withChildren: boolean) {
    this.budget = budget;
    this.withChildren = withChildren;
  }

  /** Nodes that can be allocated without a new chunk. */
  get available(): number {
    return this.freeCount + (this.headerChunks.length << CHUNK_SHIFT) - this.allocated;
  }

  /**
   * Makes sure that `nodes` (at most a chunk) can be allocated without failing.
   * @throws OperatingFault `MEMORY_LIMIT`; nothing has changed then
   */
  ensure(nodes: number): void {
    if (this.available < nodes) this.addChunk();
  }

  allocate(): number {
    let node = this.freeHead;
    if (node !== NO_NODE) {
      this.freeHead = this.next(node);
      this.freeCount--;
    } else {
      this.ensure(1);
      node = this.allocated++;
    }
    this.setCount(node, 0);
    this.setNext(node, NO_NODE);
    this.setPrevious(node, NO_NODE);
    return node;
  }

  free(node: number): void {
    this.setNext(node, this.freeHead);
    this.freeHead = node;
    this.freeCount++;
  }

  save(sink: ImageSink): void {
    sink.number(this.headerChunks.length);
    sink.number(this.allocated);
    sink.number(this.freeHead);
    sink.number(this.freeCount);
    for (const chunk of this.chunks()) sink.bytes(bytesOf(chunk));
  }

  /** Becomes what `save` gave. @throws OperatingFault `MEMORY_LIMIT` */
  restore(source: ImageSource): void {
    const chunks = source.number();
    while (this.headerChunks.length < chunks) this.addChunk();
    this.allocated = source.number();
    this.freeHead = source.number();
    this.freeCount = source.number();
    for (const chunk of this.chunks()) source.bytes(bytesOf(chunk));
  }

  private chunks(): (Float64Array | Int32Array)[] {
    return [...this.keyChunks, ...this.rowChunks, ...this.childChunks, ...this.headerChunks];
  }

  private addChunk(): void {
    this.budget.reserve(this.withChildren ? INNER_CHUNK_BYTES : LEAF_CHUNK_BYTES);
    this.keyChunks.push(new Float64Array(CHUNK_NODES * NODE_CAPACITY));
    this.rowChunks.push(new Int32Array(CHUNK_NODES * NODE_CAPACITY));
    if (this.withChildren) this.childChunks.push(new Int32Array(CHUNK_NODES * NODE_CAPACITY));
    this.headerChunks.push(new Int32Array(CHUNK_NODES << HEADER_SHIFT));
  }

  keys(node: number): Float64Array {
    return this.keyChunks[node >> CHUNK_SHIFT];
  }

  rows(node: number): Int32Array {
    return this.rowChunks[node >> CHUNK_SHIFT];
  }

  children(node: number): Int32Array {
    return this.childChunks[node >> CHUNK_SHIFT];
  }

  /** First element of the node in its chunk's keys, rows and children. */
  base(node: number): number {
    return (node & CHUNK_MASK) << NODE_SHIFT;
  }

  count(node: number): number {
    return this.headerChunks[node >> CHUNK_SHIFT][((node & CHUNK_MASK) << HEADER_SHIFT) + COUNT];
  }

  setCount(node: number, count: number): void {
    this.headerChunks[node >> CHUNK_SHIFT][((node & CHUNK_MASK) << HEADER_SHIFT) + COUNT] = count;
  }

  /** Adds an entry behind the last one of a leaf. @returns its position, or -1 where it does not belong there or has no room */
  append(leaf: number, key: number, row: number): number {
    const chunk = leaf >> CHUNK_SHIFT;
    const headers = this.headerChunks[chunk];
    const header = (leaf & CHUNK_MASK) << HEADER_SHIFT;
    const count = headers[header + COUNT];
    if (count === 0 || count === NODE_CAPACITY) return -1;
    const at = ((leaf & CHUNK_MASK) << NODE_SHIFT) + count;
    const keys = this.keyChunks[chunk];
    if (keys[at - 1] >= key) return -1;
    keys[at] = key;
    this.rowChunks[chunk][at] = row;
    headers[header + COUNT] = count + 1;
    return count;
  }

  next(node: number): number {
    return this.headerChunks[node >> CHUNK_SHIFT][((node & CHUNK_MASK) << HEADER_SHIFT) + NEXT];
  }

  setNext(node: number, next: number): void {
    this.headerChunks[node >> CHUNK_SHIFT][((node & CHUNK_MASK) << HEADER_SHIFT) + NEXT] = next;
  }

  previous(node: number): number {
    return this.headerChunks[node >> CHUNK_SHIFT][((node & CHUNK_MASK) << HEADER_SHIFT) + PREVIOUS];
  }

  setPrevious(node: number, previous: number): void {
    this.headerChunks[node >> CHUNK_SHIFT][((node & CHUNK_MASK) << HEADER_SHIFT) + PREVIOUS] = previous;
  }
}
