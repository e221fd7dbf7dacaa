/** Lists of numbers that grow independently, in one array: a list that is full moves to the end with twice its room. */
import { growingNumbers, growingUnsigned } from './growing-array.ts';

const FIRST_ROOM = 8;

/** Lists are numbered from 0 in the order in which they are added. */
export class ListArena {
  readonly #values = growingNumbers();
  readonly #starts = growingNumbers();
  readonly #lengths = growingUnsigned();
  readonly #rooms = growingUnsigned();

  get size(): number {
    return this.#lengths.length;
  }

  add(): void {
    this.#starts.push(0);
    this.#lengths.push(0);
    this.#rooms.push(0);
  }

  length(list: number): number {
    return this.#lengths.at(list);
  }

  at(list: number, position: number): number {
    return this.#values.at(this.#starts.at(list) + position);
  }

  push(list: number, value: number): void {
    const length = this.#lengths.at(list);
    if (length === this.#rooms.at(list)) this.#move(list, length);
    this.#values.values[this.#starts.at(list) + length] = value;
    this.#lengths.values[list] = length + 1;
  }

  #move(list: number, length: number): void {
    const room = length === 0 ? FIRST_ROOM : length * 2;
    const from = this.#starts.at(list);
    const to = this.#values.length;
    this.#values.extend(room);
    this.#values.values.copyWithin(to, from, from + length);
    this.#starts.values[list] = to;
    this.#rooms.values[list] = room;
  }
}
