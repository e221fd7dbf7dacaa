import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { drawConstants, LAST_NAME_BYTES, lastName, RandomStream, STREAM } from './random.ts';
import * as spec from './specification.ts';
import { binned, chiSquare, chiSquareBound, countWithin, fits, fitsUniform } from './testing/chi-square.ts';

const draws = <T>(count: number, draw: () => T): T[] => Array.from({ length: count }, draw);

/** A stream whose uniform draws are given, and which remembers the ranges that were asked for. */
class ScriptedStream extends RandomStream {
  readonly ranges: string[] = [];
  values: number[] = [];

  override uniform(low: number, high: number): number {
    this.ranges.push(`${low}..${high}`);
    return this.values[this.ranges.length % 2 === 1 ? 0 : 1] as number;
  }
}

/** Shares of NURand(a, low, high) by value, from the formula of 2.1.6 and every pair of draws. */
function nurandShares(a: number, c: number, low: number, high: number): Float64Array {
  const range = high - low + 1;
  const shares = new Float64Array(range);
  // Of the pairs, those with equal low bits of the second draw are counted at once: the first draw fills the bits.
  const bits = Math.ceil(Math.log2(a + 1));
  const size = 2 ** bits;
  for (let block = Math.floor(low / size); block * size <= high; block++) {
    const ways = new Float64Array(size);
    for (let i = Math.max(low, block * size); i <= Math.min(high, block * size + size - 1); i++) {
      let free = 0;
      for (let bit = 0; bit < bits; bit++) if (((i >> bit) & 1) === 1) free++;
      ways[i % size] += 2 ** free;
    }
    for (let bit = 0; bit < bits; bit++) {
      for (let i = 0; i < size; i++) if (((i >> bit) & 1) === 1) ways[i] += ways[i ^ (1 << bit)] as number;
    }
    for (let i = 0; i < size; i++) shares[(block * size + i + c) % range] += ways[i] as number;
  }
  return shares.map((ways) => ways / (size * range));
}

describe('RandomStream', () => {
  it('is xoshiro128**', () => {
    const stream = new RandomStream(1, 2, 3);
    const mask = 0xffffffffn;
    const rotate = (x: bigint, by: bigint): bigint => ((x << by) | (x >> (32n - by))) & mask;
    let state = [stream['s0'], stream['s1'], stream['s2'], stream['s3']].map((word) => BigInt(word) & mask) as [
      bigint,
      bigint,
      bigint,
      bigint,
    ];
    for (let i = 0; i < 1000; i++) {
      let [s0, s1, s2, s3] = state;
      const expected = (rotate((s1 * 5n) & mask, 7n) * 9n) & mask;
      expect(BigInt(stream.bits()) & mask).toBe(expected);
      const t = (s1 << 9n) & mask;
      s2 ^= s0;
      s3 ^= s1;
      s1 ^= s2;
      s0 ^= s3;
      s2 ^= t;
      s3 = rotate(s3, 11n);
      state = [s0, s1, s2, s3];
    }
  });

  it('gives the same numbers for the same key, on every machine and for ever', () => {
    const first = (...key: number[]): number[] => {
      const stream = new RandomStream(...key);
      return draws(4, () => stream.bits());
    };
    expect(first(1, STREAM.terminal, 1, 0)).toEqual([1656241104, -359485626, -1234632302, 256203295]);
    expect(first(42, STREAM.items)).toEqual([-1756152555, -1470895138, -251693468, 1964660626]);
  });

  it('differs with every word of the key, their order, and seeds beyond 32 bits', () => {
    const keys = [
      [1],
      [2],
      [1, 0],
      [0, 1],
      [1, 1],
      [1, 2],
      [2, 1],
      [1, 2, 3],
      [3, 2, 1],
      [2 ** 32 + 1],
      [2 ** 40 + 1],
      [-1],
    ];
    const firsts = keys.map((key) => {
      const stream = new RandomStream(...key);
      return draws(3, () => stream.bits()).join();
    });
    expect(new Set(firsts).size).toBe(keys.length);
  });

  it('draws every bit as often set as not', () => {
    const stream = new RandomStream(5);
    const counts = new Int32Array(32);
    const n = 100_000;
    for (let i = 0; i < n; i++) {
      const bits = stream.bits();
      for (let bit = 0; bit < 32; bit++) counts[bit] += (bits >>> bit) & 1;
    }
    for (const count of counts) expect(Math.abs(count - n / 2)).toBeLessThan(4.5 * Math.sqrt(n / 4));
  });

  it('draws fractions in [0, 1)', () => {
    const stream = new RandomStream(6);
    const fractions = draws(200_000, () => stream.fraction());
    expect(Math.min(...fractions.slice(0, 50_000))).toBeGreaterThanOrEqual(0);
    expect(fractions.every((fraction) => fraction >= 0 && fraction < 1)).toBe(true);
    expect(
      fitsUniform(
        countWithin(
          fractions.map((fraction) => Math.floor(fraction * 100)),
          0,
          99,
        ),
      ),
    ).toBe(true);
  });
});

describe('uniform (2.1.5)', () => {
  it('draws both ends and everything between equally often', () => {
    for (const [low, high] of [
      [0, 1],
      [1, 10],
      [5, 15],
      [-3, 3],
      [100, 355],
    ] as const) {
      const stream = new RandomStream(7, low, high);
      const counts = countWithin(
        draws((high - low + 1) * 5000, () => stream.uniform(low, high)),
        low,
        high,
      );
      expect(counts.every((count) => count > 0)).toBe(true);
      expect(fitsUniform(counts)).toBe(true);
    }
  });

  it('stays within any range', () => {
    fc.assert(
      fc.property(
        fc.integer(),
        fc.integer({ min: -1e6, max: 1e6 }),
        fc.nat({ max: 2 ** 31 - 2 }),
        (seed, low, width) => {
          const stream = new RandomStream(seed);
          for (let i = 0; i < 50; i++) {
            const value = stream.uniform(low, low + width);
            expect(Number.isInteger(value) && value >= low && value <= low + width).toBe(true);
          }
        },
      ),
    );
  });

  it('reaches both ends at the extreme bits', () => {
    const stream = new RandomStream(1);
    stream.bits = () => 0;
    expect([stream.uniform(1, 3000), stream.fraction(), stream.chance(0)]).toEqual([1, 0, false]);
    stream.bits = () => -1;
    expect([stream.uniform(1, 3000), stream.uniform(0, 2 ** 31 - 2), stream.chance(100)]).toEqual([
      3000,
      2 ** 31 - 2,
      true,
    ]);
  });

  it('has no memory from draw to draw', () => {
    const stream = new RandomStream(8);
    const pairs = draws(200_000, () => stream.uniform(0, 9) * 10 + stream.uniform(0, 9));
    expect(fitsUniform(countWithin(pairs, 0, 99))).toBe(true);
  });
});

describe('chance', () => {
  it('holds in so many of a hundred cases, fractions of a percent included', () => {
    for (const pct of [0, 0.5, 1, 15, 60, 99.5, 100]) {
      const stream = new RandomStream(9, pct * 10);
      const n = 200_000;
      const hits = draws(n, () => stream.chance(pct)).filter(Boolean).length;
      const p = pct / 100;
      expect(Math.abs(hits - n * p)).toBeLessThanOrEqual(4.5 * Math.sqrt(n * p * (1 - p)));
    }
  });
});

describe('NURand (2.1.6)', () => {
  it('has the constants of the specification', () => {
    expect([spec.NURAND_A_LAST_NAME, spec.NURAND_A_CUSTOMER_ID, spec.NURAND_A_ITEM_ID]).toEqual([255, 1023, 8191]);
  });

  it('is the formula, for every pair of draws, and draws from 0..A and low..high', () => {
    const stream = new ScriptedStream(1);
    for (const [a, c, low, high] of [
      [7, 0, 0, 9],
      [15, 11, 1, 30],
      [255, 200, 0, 999],
    ] as const) {
      const counts = new Map<number, number>();
      for (let first = 0; first <= a; first++) {
        for (let second = low; second <= high; second++) {
          stream.values = [first, second];
          stream.ranges.length = 0;
          const value = stream.nonUniform(a, c, low, high);
          if (value !== (((first | second) + c) % (high - low + 1)) + low) expect.fail(`${first} | ${second}`);
          if (stream.ranges.join() !== `0..${a},${low}..${high}`) expect.fail(stream.ranges.join());
          counts.set(value, (counts.get(value) ?? 0) + 1);
        }
      }
      const shares = nurandShares(a, c, low, high);
      const pairs = (a + 1) * (high - low + 1);
      shares.forEach((share, i) => {
        expect(counts.get(low + i) ?? 0).toBeCloseTo(share * pairs, 6);
      });
    }
  });

  it('is distributed as the formula says over the ranges of the specification', () => {
    for (const [a, low, high, c] of [
      [255, 0, 999, 123],
      [1023, 1, 3000, 259],
      [8191, 1, 100_000, 7911],
    ] as const) {
      const stream = new RandomStream(10, a);
      const values = draws(500_000, () => stream.nonUniform(a, c, low, high));
      const shares = nurandShares(a, c, low, high);
      expect(shares.reduce((sum, share) => sum + share, 0)).toBeCloseTo(1, 9);
      const counts = countWithin(values, low, high);
      const bins = Math.min(1000, high - low + 1);
      expect(fits(binned(counts, bins), binned(shares, bins))).toBe(true);
      // The same numbers are not what a neighbouring A or C gives.
      expect(fits(binned(counts, bins), binned(nurandShares(a, c + 17, low, high), bins))).toBe(false);
      expect(fits(binned(counts, bins), binned(nurandShares((a + 1) / 2 - 1, c, low, high), bins))).toBe(false);
      expect(fitsUniform(binned(counts, bins))).toBe(false);
    }
  });

  it('over 8190 instead of 8191 is another function', () => {
    const stream = new RandomStream(1);
    stream.bits = () => -1;
    const largest = (a: number): number => stream.nonUniform(a, 0, 1, 100_000);
    expect(largest(spec.NURAND_A_ITEM_ID)).toBe(((8191 | 100_000) % 100_000) + 1);
    expect(largest(8190)).not.toBe(largest(spec.NURAND_A_ITEM_ID));
    const [right, wrong] = [new RandomStream(2), new RandomStream(2)];
    const pairs = draws(10_000, () => [right.nonUniform(8191, 0, 1, 100_000), wrong.nonUniform(8190, 0, 1, 100_000)]);
    expect(pairs.filter(([a, b]) => a !== b).length).toBeGreaterThan(1000);
  });
});

describe('strings (4.3.2.2)', () => {
  const ALPHABET = 'ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789';

  it('of letters and digits use each of the 62 equally often, at every place and after every other', () => {
    const stream = new RandomStream(11);
    const target = new Uint8Array(12);
    const places = Array.from({ length: 12 }, () => new Int32Array(62));
    const pairs = new Int32Array(62 * 62);
    const indexOf = new Int32Array(256).fill(-1);
    [...ALPHABET].forEach((character, i) => {
      indexOf[character.charCodeAt(0)] = i;
    });
    for (let n = 0; n < 60_000; n++) {
      stream.alphanumeric(target, 0, 12);
      const indexes = Array.from(target, (byte) => indexOf[byte] as number);
      if (indexes.includes(-1)) expect.fail(`a character outside the alphabet in ${target}`);
      indexes.forEach((index, place) => {
        (places[place] as Int32Array)[index]++;
      });
      for (let place = 1; place < 5; place++) pairs[(indexes[place - 1] as number) * 62 + (indexes[place] as number)]++;
    }
    for (const counts of places) expect(fitsUniform(counts)).toBe(true);
    expect(fitsUniform(pairs)).toBe(true);
  });

  it('of digits use each of the ten equally often', () => {
    const stream = new RandomStream(12);
    const target = new Uint8Array(16);
    const places = Array.from({ length: 16 }, () => new Int32Array(10));
    for (let n = 0; n < 20_000; n++) {
      stream.digits(target, 0, 16);
      target.forEach((byte, place) => {
        if (byte < 48 || byte > 57) expect.fail(`byte ${byte}`);
        (places[place] as Int32Array)[byte - 48]++;
      });
    }
    for (const counts of places) expect(fitsUniform(counts)).toBe(true);
  });

  it('fill exactly what they are asked to', () => {
    fc.assert(
      fc.property(fc.nat({ max: 20 }), fc.nat({ max: 40 }), fc.boolean(), (at, length, digits) => {
        const stream = new RandomStream(13, at, length);
        const target = new Uint8Array(64);
        if (digits) stream.digits(target, at, length);
        else stream.alphanumeric(target, at, length);
        const written = Array.from(target.keys()).filter((i) => target[i] !== 0);
        expect(written).toEqual(Array.from({ length }, (_, i) => at + i));
      }),
    );
  });
});

describe('shuffle', () => {
  it('makes every order equally likely', () => {
    const stream = new RandomStream(14);
    const counts = new Map<string, number>();
    for (let n = 0; n < 48_000; n++) {
      const values = Int32Array.of(1, 2, 3, 4);
      stream.shuffle(values);
      counts.set(values.join(''), (counts.get(values.join('')) ?? 0) + 1);
    }
    expect(counts.size).toBe(24);
    expect(fitsUniform([...counts.values()])).toBe(true);
  });
});

describe('last names (4.3.2.3)', () => {
  it('are three syllables by the digits of the number', () => {
    expect(lastName(0)).toBe('BARBARBAR');
    expect(lastName(371)).toBe('PRICALLYOUGHT');
    expect(lastName(40)).toBe('BARPRESBAR');
    expect(lastName(999)).toBe('EINGEINGEING');
    const syllables = 'BAR OUGHT ABLE PRI PRES ESE ANTI CALLY ATION EING'.split(' ');
    for (let n = 0; n < 1000; n++) {
      const digits = String(n).padStart(3, '0');
      expect(lastName(n)).toBe([...digits].map((digit) => syllables[Number(digit)]).join(''));
    }
  });

  it('are a thousand, of at most 16 characters, and the bytes agree', () => {
    const names = LAST_NAME_BYTES.map((bytes) => new TextDecoder().decode(bytes));
    expect(names).toEqual(Array.from({ length: 1000 }, (_, n) => lastName(n)));
    expect(new Set(names).size).toBe(1000);
    expect(Math.max(...names.map((name) => name.length))).toBeLessThanOrEqual(16);
  });
});

describe('the constants C (2.1.6.1)', () => {
  const SEEDS = 20_000;
  const constants = Array.from({ length: SEEDS }, (_, seed) => drawConstants(seed));

  it('are drawn from 0..A, each value equally often', () => {
    const loads = countWithin(
      constants.map((c) => c.lastNameLoad),
      0,
      255,
    );
    const customers = countWithin(
      constants.map((c) => c.customerId),
      0,
      1023,
    );
    const items = countWithin(
      constants.map((c) => c.itemId),
      0,
      8191,
    );
    expect(fitsUniform(loads)).toBe(true);
    expect(fitsUniform(binned(customers, 128))).toBe(true);
    expect(fitsUniform(binned(items, 128))).toBe(true);
    countWithin(
      constants.map((c) => c.lastNameRun),
      0,
      255,
    );
  });

  it('of the last name differ between load and run by 65..119, but neither by 96 nor by 112', () => {
    const deltas = countWithin(
      constants.map((c) => Math.abs(c.lastNameRun - c.lastNameLoad)),
      65,
      119,
    );
    expect(deltas[96 - 65]).toBe(0);
    expect(deltas[112 - 65]).toBe(0);
    const reached = Array.from(deltas.keys()).filter((i) => (deltas[i] as number) > 0);
    expect(reached).toHaveLength(119 - 65 + 1 - 2);
    expect([spec.LEAST_C_LAST_DELTA, spec.MOST_C_LAST_DELTA, spec.EXCLUDED_C_LAST_DELTAS]).toEqual([
      65,
      119,
      [96, 112],
    ]);
  });

  it('of the run are equally likely among those allowed for the load', () => {
    const runs = constants.filter((c) => c.lastNameLoad >= 120 && c.lastNameLoad <= 135);
    const deltas = runs.map((c) => c.lastNameRun - c.lastNameLoad);
    expect(deltas.filter((delta) => delta < 0).length).toBeGreaterThan(runs.length * 0.4);
    expect(deltas.filter((delta) => delta > 0).length).toBeGreaterThan(runs.length * 0.4);
  });

  it('depend on the seed alone', () => {
    expect(drawConstants(77)).toEqual(drawConstants(77));
    expect(drawConstants(77)).not.toEqual(drawConstants(78));
  });
});

describe('the chi-square test of these tests', () => {
  it('has the bounds of tables', () => {
    // Upper 0.003% points, from the survival function of chi-square.
    expect(chiSquareBound(10)).toBeGreaterThan(37);
    expect(chiSquareBound(10)).toBeLessThan(42);
    expect(chiSquareBound(100) / 169).toBeCloseTo(1, 1);
    expect(chiSquare([10, 20], [15, 15])).toBeCloseTo(50 / 15, 12);
    expect(chiSquare([1, 9], [0, 10])).toBe(Number.POSITIVE_INFINITY);
  });
});
