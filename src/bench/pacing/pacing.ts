/**
 * When terminals start their transactions. One schedule a worker; it hands out terminals that are ready, with the instant
 * from which their answer is timed. Runs on the worker's thread; randomness comes by constructor. Knows no transaction.
 */
import type { PacingConfig } from '../../config/run-config.ts';
import type { TransactionType } from '../contract.ts';
import { ClosedLoop } from './closed-loop.ts';
import type { FractionSource } from './fractions.ts';
import { KeyingAndThinking } from './keying.ts';
import { OpenLoop } from './open-loop.ts';
import type { Schedule } from './schedule.ts';

/**
 * @param firstTypes type of the first transaction of each terminal, already drawn
 * @param workers over how many workers an open loop's rate is spread
 */
export function newSchedule(
  pacing: PacingConfig,
  types: readonly TransactionType[],
  firstTypes: readonly number[],
  workers: number,
  nowMs: number,
  fractions: FractionSource,
): Schedule {
  switch (pacing.kind) {
    case 'none':
      return new ClosedLoop(firstTypes.length);
    case 'keying':
      return new KeyingAndThinking(types, firstTypes, nowMs, fractions);
    case 'rate':
      return new OpenLoop(firstTypes.length, pacing.transactionsPerSecond / workers, nowMs);
  }
}
