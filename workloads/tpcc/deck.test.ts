import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import {
  DECK_CARDS,
  DELIVERY_TYPE,
  Deck,
  NEW_ORDER_TYPE,
  ORDER_STATUS_TYPE,
  PAYMENT_TYPE,
  STOCK_LEVEL_TYPE,
  WeightedMix,
} from './deck.ts';
import { RandomStream } from './random.ts';
import { countWithin, fits, fitsUniform } from './testing/chi-square.ts';

const pass = (deck: Deck, random: RandomStream): number[] => Array.from({ length: 23 }, () => deck.next(random));

describe('Deck (5.2.4.2)', () => {
  it('holds ten New-Orders, ten Payments and one of each other', () => {
    expect(DECK_CARDS[NEW_ORDER_TYPE]).toBe(10);
    expect(DECK_CARDS[PAYMENT_TYPE]).toBe(10);
    for (const type of [ORDER_STATUS_TYPE, DELIVERY_TYPE, STOCK_LEVEL_TYPE]) expect(DECK_CARDS[type]).toBe(1);
  });

  it('plays exactly its 23 cards in every pass', () => {
    const deck = new Deck();
    const random = new RandomStream(1);
    for (let n = 0; n < 500; n++) expect([...countWithin(pass(deck, random), 0, 4)]).toEqual([10, 10, 1, 1, 1]);
  });

  it('meets the least shares of the specification at the end of every pass', () => {
    expect(10 / 23).toBeGreaterThanOrEqual(0.43);
    expect(1 / 23).toBeGreaterThanOrEqual(0.04);
  });

  it('is shuffled anew for every pass, each card equally likely at each place', () => {
    const deck = new Deck();
    const random = new RandomStream(2);
    const places = Array.from({ length: 23 }, () => new Int32Array(5));
    const orders = new Set<string>();
    for (let n = 0; n < 20_000; n++) {
      const cards = pass(deck, random);
      orders.add(cards.join(''));
      cards.forEach((type, place) => {
        (places[place] as Int32Array)[type]++;
      });
    }
    for (const counts of places) expect(fits(counts, DECK_CARDS)).toBe(true);
    expect(orders.size).toBeGreaterThan(19_900);
  });

  it('is one a terminal: decks do not take each other’s cards', () => {
    const random = new RandomStream(3);
    const decks = [new Deck(), new Deck(), new Deck()];
    const played = decks.map(() => [] as number[]);
    for (let n = 0; n < 23; n++) for (const [i, deck] of decks.entries()) played[i]?.push(deck.next(random));
    for (const cards of played) expect([...countWithin(cards, 0, 4)]).toEqual([10, 10, 1, 1, 1]);
  });

  it('plays the same cards for the same stream', () => {
    const [a, b] = [new Deck(), new Deck()];
    const [randomA, randomB] = [new RandomStream(4), new RandomStream(4)];
    for (let n = 0; n < 100; n++) expect(a.next(randomA)).toBe(b.next(randomB));
  });
});

describe('WeightedMix', () => {
  const count = (weights: readonly number[], n: number, seed = 5): Int32Array => {
    const mix = new WeightedMix(weights);
    const random = new RandomStream(seed);
    return countWithin(
      Array.from({ length: n }, () => mix.next(random)),
      0,
      4,
    );
  };

  it('draws by weight, whatever the weights add up to', () => {
    for (const weights of [
      [45, 43, 4, 4, 4],
      [1, 1, 1, 1, 1],
      [0.45, 0.43, 0.04, 0.04, 0.04],
      [1000, 1, 1, 1, 1],
    ]) {
      expect(fits(count(weights, 200_000), weights)).toBe(true);
    }
    expect(fitsUniform(count([1, 1, 1, 1, 1], 100_000))).toBe(true);
  });

  it('never draws a type of weight zero, first, last or between', () => {
    for (const weights of [
      [0, 1, 0, 2, 0],
      [0, 0, 1, 1, 0],
      [1, 0, 0, 0, 1],
      [0, 0, 0, 0, 3],
      [7, 0, 0, 0, 0],
    ]) {
      const counts = count(weights, 20_000);
      weights.forEach((weight, type) => {
        if (weight === 0) expect(counts[type]).toBe(0);
        else expect(counts[type]).toBeGreaterThan(0);
      });
    }
  });

  it('draws a type of positive weight at the extreme fractions too, however the weights round', () => {
    const weight = fc.oneof(fc.constant(0), fc.double({ min: 1e-3, max: 1e3, noNaN: true }));
    fc.assert(
      fc.property(fc.array(weight, { minLength: 5, maxLength: 5 }), (weights) => {
        fc.pre(weights.some((w) => w > 0));
        const mix = new WeightedMix(weights);
        const random = new RandomStream(1);
        for (const fraction of [0, 0.5, 1 - 2 ** -32, 1 - 2 ** -53]) {
          random.fraction = () => fraction;
          expect(weights[mix.next(random)]).toBeGreaterThan(0);
        }
      }),
    );
  });
});
