/** Makes inputs of inputs: changes, cuts, repetitions and splices of bytes, and words of a dictionary. */
import type { Random } from './random.ts';

/** Numbers at which lengths and indexes go wrong. */
const INTERESTING_NUMBERS = [
  0,
  1,
  2,
  3,
  4,
  7,
  8,
  9,
  12,
  15,
  16,
  24,
  31,
  32,
  64,
  127,
  128,
  255,
  256,
  1024,
  4096,
  65_535,
  65_536,
  65_537,
  131_072,
  2 ** 30,
  2 ** 31 - 8,
  2 ** 31 - 1,
  -(2 ** 31),
  -8,
  -1,
];
const CHANGES_MAX = 6;
const PIECE_BYTES_MAX = 64;

type Change = (bytes: Uint8Array) => Uint8Array;

export class Mutator {
  private readonly random: Random;
  private readonly bytesMax: number;
  private readonly words: readonly Uint8Array[];
  private readonly changes: readonly Change[];
  private corpus: readonly Uint8Array[] = [];

  /** @param words pieces that belong into inputs */
  constructor(random: Random, bytesMax: number, words: readonly Uint8Array[]) {
    this.random = random;
    this.bytesMax = bytesMax;
    this.words = words;
    this.changes = [
      (bytes) => this.flipBit(bytes),
      (bytes) => this.overwrite(bytes, this.noise(1 + random.below(4))),
      (bytes) => this.overwrite(bytes, this.number()),
      (bytes) => this.overwrite(bytes, this.number(), 4),
      (bytes) => this.overwrite(bytes, this.word()),
      (bytes) => this.insert(bytes, this.word()),
      (bytes) => this.insert(bytes, this.word()),
      (bytes) => this.insert(bytes, this.noise(1 + random.below(PIECE_BYTES_MAX))),
      (bytes) => this.insert(bytes, this.piece(bytes)),
      (bytes) => this.repeat(bytes),
      (bytes) => this.insert(bytes, this.piece(random.pick(this.corpus))),
      (bytes) => this.overwrite(bytes, this.piece(random.pick(this.corpus))),
      (bytes) => this.remove(bytes),
      (bytes) => this.remove(bytes),
      (bytes) => bytes.subarray(0, this.place(bytes)),
      (bytes) => bytes.subarray(this.place(bytes)),
    ];
  }

  /**
   * @param corpus inputs to change; not empty. Later ones, which took longest to find, are taken more often
   * @returns an input of its own memory
   */
  next(corpus: readonly Uint8Array[]): Uint8Array {
    const { random } = this;
    this.corpus = corpus;
    if (random.oneIn(50)) return this.noise(random.below(Math.min(this.bytesMax, 512) + 1));
    const recent = Math.min(corpus.length, 16);
    const place = random.oneIn(3) ? corpus.length - 1 - random.below(recent) : random.below(corpus.length);
    // A copy in any case: `slice` of a Buffer is none.
    let bytes: Uint8Array = Uint8Array.from(corpus[place]);
    for (let count = 1 + random.below(CHANGES_MAX); count > 0; count--) bytes = random.pick(this.changes)(bytes);
    return Uint8Array.from(bytes.subarray(0, this.bytesMax));
  }

  private flipBit(bytes: Uint8Array): Uint8Array {
    if (bytes.length > 0) bytes[this.random.below(bytes.length)] ^= 1 << this.random.below(8);
    return bytes;
  }

  private overwrite(bytes: Uint8Array, piece: Uint8Array, alignment = 1): Uint8Array {
    const at = this.place(bytes);
    const start = at - (at % alignment);
    bytes.set(piece.subarray(0, bytes.length - start), start);
    return bytes;
  }

  private insert(bytes: Uint8Array, piece: Uint8Array): Uint8Array {
    const at = this.place(bytes);
    return Buffer.concat([bytes.subarray(0, at), piece, bytes.subarray(at)]);
  }

  private remove(bytes: Uint8Array): Uint8Array {
    const at = this.place(bytes);
    const count = this.random.below(Math.min(PIECE_BYTES_MAX, bytes.length - at) + 1);
    return Buffer.concat([bytes.subarray(0, at), bytes.subarray(at + count)]);
  }

  private repeat(bytes: Uint8Array): Uint8Array {
    const piece = this.piece(bytes);
    const times = 1 + this.random.below(this.random.oneIn(8) ? 200 : 4);
    const repeated = Buffer.concat(new Array<Uint8Array>(times).fill(piece)).subarray(0, this.bytesMax);
    return this.insert(bytes, repeated);
  }

  private number(): Uint8Array {
    const bytes = Buffer.alloc(4);
    bytes.writeInt32LE(this.random.pick(INTERESTING_NUMBERS));
    return bytes;
  }

  private word(): Uint8Array {
    return this.words.length === 0 ? this.noise(4) : this.random.pick(this.words);
  }

  private piece(bytes: Uint8Array): Uint8Array {
    const at = this.place(bytes);
    const length = 1 + this.random.below(this.random.oneIn(4) ? this.bytesMax : PIECE_BYTES_MAX);
    return Uint8Array.from(bytes.subarray(at, at + length));
  }

  private place(bytes: Uint8Array): number {
    return this.random.below(bytes.length + 1);
  }

  private noise(length: number): Uint8Array {
    const bytes = new Uint8Array(length);
    for (let i = 0; i < length; i++) bytes[i] = this.random.below(256);
    return bytes;
  }
}
