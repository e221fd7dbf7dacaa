/**
 * Which transaction a terminal runs next (TPC-C 5.2.4.2). The deck holds ten New-Orders, ten Payments and one of each
 * other; drawing without replacement keeps the minimum shares exactly, which independent draws miss half the time.
 */
import type { RandomStream } from './random.ts';

/** Indexes of the transaction types, in the order in which the specification presents them. */
export const NEW_ORDER_TYPE = 0;
export const PAYMENT_TYPE = 1;
export const ORDER_STATUS_TYPE = 2;
export const DELIVERY_TYPE = 3;
export const STOCK_LEVEL_TYPE = 4;

/** Cards of each type, by index. */
export const DECK_CARDS: readonly number[] = [10, 10, 1, 1, 1];

/** Chooses transaction types for one terminal. */
export interface Mix {
  next(random: RandomStream): number;
}

/** A terminal's own deck, shuffled anew at each pass. */
export class Deck implements Mix {
  private readonly cards: Int32Array;
  private position: number;

  constructor() {
    this.cards = Int32Array.from(DECK_CARDS.flatMap((count, type) => new Array<number>(count).fill(type)));
    this.position = this.cards.length;
  }

  next(random: RandomStream): number {
    if (this.position === this.cards.length) {
      random.shuffle(this.cards);
      this.position = 0;
    }
    return this.cards[this.position++];
  }
}

/** Independent draws by weight. */
export class WeightedMix implements Mix {
  private readonly cumulative: Float64Array;

  /** @param weights one a type, by index; their sum is positive */
  constructor(weights: readonly number[]) {
    const total = weights.reduce((sum, weight) => sum + weight, 0);
    let sum = 0;
    this.cumulative = Float64Array.from(weights, (weight) => {
      sum += weight;
      return sum / total;
    });
    for (let i = this.cumulative.length - 1; i >= 0 && weights[i] === 0; i--) this.cumulative[i] = 1;
    const last = weights.findLastIndex((weight) => weight > 0);
    this.cumulative[last] = 1;
  }

  next(random: RandomStream): number {
    const fraction = random.fraction();
    let type = 0;
    while (fraction >= this.cumulative[type]) type++;
    return type;
  }
}
