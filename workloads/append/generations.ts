/**
 * Which list is in use at each place, as far as one worker knows. A list that is full is replaced by a fresh one, its next
 * generation, so that reads stay short however long a run is. The worker that owns the lists does so when one is read full, and
 * tells the others in its answers. Who has not heard of it yet still uses the old list. It is no data: no abort takes it back.
 */
import { LIST_RANGE } from './schema.ts';

export class Generations {
  private readonly lists: number;
  private readonly last: number;
  /** By warehouse, then place. */
  private readonly inUse: Int32Array;

  /** @param lists places of a warehouse */
  constructor(totalWarehouses: number, lists: number) {
    this.lists = lists;
    this.last = Math.floor(LIST_RANGE / lists) - 1;
    this.inUse = new Int32Array((totalWarehouses + 1) * lists);
  }

  /** Number of the list that is in use at a place. */
  listAt(warehouseId: number, place: number): number {
    return this.inUse[warehouseId * this.lists + place] * this.lists + place;
  }

  /** Number of the list that is in use where this one was or is. */
  successorOf(warehouseId: number, listId: number): number {
    return this.listAt(warehouseId, listId % this.lists);
  }

  /** The list is in use: no earlier one is, at its place. */
  observe(warehouseId: number, listId: number): void {
    const place = listId % this.lists;
    const generation = (listId - place) / this.lists;
    const at = warehouseId * this.lists + place;
    if (generation > this.inUse[at]) this.inUse[at] = Math.min(generation, this.last);
  }

  /** The list is full. The last list of a place stays in use. */
  retire(warehouseId: number, listId: number): void {
    this.observe(warehouseId, listId + this.lists);
  }
}
