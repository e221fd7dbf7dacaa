/** Draws programs that keep the sum of all balances, on so few accounts that conflicts are the rule. */
import type { Random } from '../../engine/testing/random.ts';
import {
  ADD,
  CREDIT,
  DELETE,
  INSERT,
  type Operation,
  operation,
  type PlainAccounts,
  type Program,
  program,
  READ,
  SUM,
  TAKE,
} from './program.ts';

/** The accounts 0..keys-1 of each worker, two of three exist at the start. */
export function firstAccounts(workers: number, keys: number): PlainAccounts[] {
  return Array.from({ length: workers }, () => {
    const present = Array.from({ length: keys }, (_, key) => key).filter((key) => key % 3 !== 2);
    return new Map(present.map((key) => [key, 30]));
  });
}

/** A sum over all accounts of all workers. */
export const sumAll = (workers: number, keys: number): Program =>
  program(
    'sumAll',
    Array.from({ length: workers }, (_, worker) => operation(worker, SUM, 0, keys)),
  );

export class ProgramSource {
  private readonly random: Random;
  private readonly workers: number;
  private readonly keys: number;

  constructor(random: Random, workers: number, keys: number) {
    this.random = random;
    this.workers = workers;
    this.keys = keys;
  }

  /** The next program of a terminal of worker `home`. */
  next(home: number): Program {
    const { random } = this;
    const aborts = random.chance(0.1);
    const kind = random.integer(0, 15);
    if (kind < 5) return program('transfer', this.transfer(home), { aborts });
    if (kind < 6) return program('local', this.localTransfer(home), { aborts, deferred: random.chance(0.5) });
    if (kind < 8) return program('open', this.open(home), { aborts });
    if (kind < 10) return program('close', this.close(home), { aborts });
    if (kind < 12) return program('range', this.ranges(home), { aborts });
    if (kind < 14) return program('lookup', [operation(this.worker(), READ, this.key())], { aborts });
    if (kind < 15) return program('mixed', this.mixed(), { aborts });
    return sumAll(this.workers, this.keys);
  }

  /** A transfer, for those who only write. */
  transferFrom(home: number): Program {
    return program('transfer', this.transfer(home));
  }

  /** A sum over everything, for those who only read. */
  sum(): Program {
    return sumAll(this.workers, this.keys);
  }

  /** Between any two accounts; one of them often at home. */
  private transfer(home: number): Operation[] {
    const { random } = this;
    const from = random.chance(0.5) ? home : this.worker();
    const to = random.chance(0.5) ? home : this.worker();
    const amount = random.integer(1, 8);
    return [operation(from, TAKE, this.key(), amount, true), operation(to, ADD, this.key(), amount, true)];
  }

  private localTransfer(home: number): Operation[] {
    const amount = this.random.integer(1, 8);
    return [operation(home, TAKE, this.key(), amount, true), operation(home, ADD, this.key(), amount, true)];
  }

  private open(home: number): Operation[] {
    const amount = this.random.integer(0, 5);
    return [
      operation(this.worker(), INSERT, this.key(), amount, true),
      operation(home, TAKE, this.key(), amount, true),
    ];
  }

  private close(home: number): Operation[] {
    return [operation(this.worker(), DELETE, this.key(), 0, true), operation(home, CREDIT, this.key(), 0, true)];
  }

  /** Ranges at two workers, often empty, and an account at home. */
  private ranges(home: number): Operation[] {
    const range = () => {
      const low = this.random.integer(0, this.keys);
      return operation(this.worker(), SUM, low, this.random.integer(low, this.keys + 1));
    };
    return [range(), range(), operation(home, READ, this.key())];
  }

  /** Reads and writes of several accounts of several workers, some of them of the same account. */
  private mixed(): Operation[] {
    const amount = this.random.integer(1, 4);
    const [first, second] = [this.worker(), this.worker()];
    const key = this.key();
    return [
      operation(first, READ, key),
      operation(first, TAKE, key, amount, true),
      operation(second, SUM, 0, this.keys),
      operation(second, ADD, this.key(), amount, true),
      operation(this.worker(), INSERT, this.key(), 0),
    ];
  }

  private worker(): number {
    return this.random.integer(0, this.workers - 1);
  }

  private key(): number {
    return this.random.integer(0, this.keys - 1);
  }
}
