/** Typed arrays that grow by doubling; a million transactions are columns of these, never objects. */

type Typed = Uint8Array | Uint32Array | Int32Array | Float64Array;

const FIRST_LENGTH = 1024;

/** `values` is longer than `length`, and another array after each `push`. */
export class GrowingArray<Values extends Typed> {
  values: Values;
  length = 0;

  /** @param create makes an array of zeros */
  constructor(create: (length: number) => Values) {
    this.values = create(FIRST_LENGTH);
  }

  push(value: number): void {
    if (this.length === this.values.length) this.#grow(this.length + 1);
    this.values[this.length++] = value;
  }

  at(index: number): number {
    return this.values[index] as number;
  }

  /** Appends `count` zeros. */
  extend(count: number): void {
    if (this.length + count > this.values.length) this.#grow(this.length + count);
    this.length += count;
  }

  #grow(least: number): void {
    const Kind = this.values.constructor as new (length: number) => Values;
    const larger = new Kind(Math.max(least, this.values.length * 2));
    larger.set(this.values);
    this.values = larger;
  }
}

export const growingBytes = (): GrowingArray<Uint8Array> => new GrowingArray((length) => new Uint8Array(length));
export const growingUnsigned = (): GrowingArray<Uint32Array> => new GrowingArray((length) => new Uint32Array(length));
export const growingNumbers = (): GrowingArray<Float64Array> => new GrowingArray((length) => new Float64Array(length));
