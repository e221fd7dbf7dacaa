/**
 * Random fractions for pauses: one stream a terminal, keyed by (seed, warehouse, terminal), so that the same seed pauses
 * alike however terminals are spread over threads. Each is a mulberry32 generator (Ettinger, 2017).
 */
export class Fractions {
  private readonly states: Int32Array;

  /** @param firstWarehouse terminals are numbered from its first on, `terminalsPerWarehouse` each */
  constructor(seed: number, firstWarehouse: number, terminals: number, terminalsPerWarehouse: number) {
    this.states = Int32Array.from({ length: terminals }, (_, terminal) => {
      const warehouse = firstWarehouse + Math.floor(terminal / terminalsPerWarehouse);
      const words = [seed, warehouse, terminal % terminalsPerWarehouse];
      return words.reduce((state, word) => mix(state ^ Math.imul(word + 1, 0x9e3779b1)), 0x5bd1e995);
    });
  }

  /** The terminal's next fraction in [0, 1). */
  next(terminal: number): number {
    const state = (this.states[terminal] + 0x6d2b79f5) | 0;
    this.states[terminal] = state;
    let t = Math.imul(state ^ (state >>> 15), state | 1);
    t ^= t + Math.imul(t ^ (t >>> 7), t | 61);
    return ((t ^ (t >>> 14)) >>> 0) / 4294967296;
  }
}

/** Where pauses come from. */
export type FractionSource = Pick<Fractions, 'next'>;

function mix(value: number): number {
  const z = Math.imul(value ^ (value >>> 16), 0x85ebca6b);
  return z ^ (z >>> 13);
}
