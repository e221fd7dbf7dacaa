/**
 * Small random histories: programs are executed on plain lists, one after the other or in steps that interleave without any
 * protection, and what was recorded may be corrupted afterwards.
 */
import fc from 'fast-check';
import { HISTORY_ABORTED, HISTORY_COMMITTED, HISTORY_UNKNOWN, type HistoryOutcome } from '../history-writer.ts';
import type { ScriptOperation, ScriptTransaction } from './scripts.ts';

interface Program {
  /** Key, and whether the operation appends. */
  operations: { key: number; appends: boolean }[];
  outcome: HistoryOutcome;
  /** Whether the effects of a transaction that did not commit stay. */
  leaks: boolean;
  host: number;
  /** Time units that the transaction is told to be longer than it was. */
  before: number;
  after: number;
}

interface Plan {
  programs: Program[];
  isSerial: boolean;
  /** Chooses who makes the next step. */
  choices: number[];
  hasLastReader: boolean;
  corruptions: { transaction: number; operation: number; change: number }[];
}

const KEYS = 2;

const program: fc.Arbitrary<Program> = fc.record({
  operations: fc.array(fc.record({ key: fc.nat(KEYS - 1), appends: fc.boolean() }), { minLength: 1, maxLength: 4 }),
  outcome: fc.oneof(
    { weight: 8, arbitrary: fc.constant(HISTORY_COMMITTED) },
    { weight: 1, arbitrary: fc.constant(HISTORY_ABORTED) },
    { weight: 1, arbitrary: fc.constant(HISTORY_UNKNOWN) },
  ),
  leaks: fc.boolean(),
  host: fc.oneof({ weight: 4, arbitrary: fc.constant(0) }, { weight: 1, arbitrary: fc.constant(1) }),
  before: fc.nat(3),
  after: fc.nat(3),
});

const plan: fc.Arbitrary<Plan> = fc.record({
  programs: fc.array(program, { minLength: 1, maxLength: 5 }),
  isSerial: fc.boolean(),
  choices: fc.array(fc.nat(9), { minLength: 20, maxLength: 20 }),
  hasLastReader: fc.boolean(),
  corruptions: fc.array(fc.record({ transaction: fc.nat(4), operation: fc.nat(3), change: fc.nat(2) }), {
    maxLength: 2,
  }),
});

/** Histories of up to six transactions; about half of them have no serial order. */
export const randomHistory: fc.Arbitrary<ScriptTransaction[]> = plan.map((each) => corrupt(execute(each), each));

/** Histories that were executed one transaction after the other. */
export const serialHistory: fc.Arbitrary<ScriptTransaction[]> = plan.map((each) => {
  const programs = each.programs.map((one) => ({ ...one, leaks: one.leaks && one.outcome === HISTORY_UNKNOWN }));
  return execute({ ...each, programs, isSerial: true });
});

function execute({ programs, isSerial, choices, hasLastReader }: Plan): ScriptTransaction[] {
  const lists = Array.from({ length: KEYS }, (): number[] => []);
  const transactions = programs.map((each): ScriptTransaction => {
    return { startNs: 0, endNs: 0, host: each.host, outcome: each.outcome, operations: [] };
  });
  let timeNs = 10;
  let element = 1;
  const waiting = programs.map((_, i) => i);
  for (let step = 0; waiting.length > 0; step++) {
    timeNs += 2;
    const chosen = isSerial ? 0 : choices[step % choices.length] % waiting.length;
    const index = waiting[chosen];
    const { operations, outcome, leaks, before, after } = programs[index];
    const transaction = transactions[index];
    if (transaction.operations.length === 0) transaction.startNs = timeNs - before;
    const { key, appends } = operations[transaction.operations.length];
    const takesEffect = outcome === HISTORY_COMMITTED || leaks;
    // What a transaction without effect does to itself is not recorded: nothing it reads counts.
    if (appends && takesEffect) lists[key].push(element);
    const operation: ScriptOperation = appends
      ? { append: key, element: element++ }
      : { read: key, elements: [...lists[key]] };
    transaction.operations.push(operation);
    transaction.endNs = timeNs + after;
    if (transaction.operations.length === operations.length) waiting.splice(chosen, 1);
  }
  if (!hasLastReader) return transactions;
  const operations = lists.map((elements, key) => ({ read: key, elements: [...elements] }));
  return [
    ...transactions,
    { startNs: timeNs + 9, endNs: timeNs + 10, host: 0, outcome: HISTORY_COMMITTED, operations },
  ];
}

function corrupt(transactions: ScriptTransaction[], { corruptions }: Plan): ScriptTransaction[] {
  for (const { transaction, operation, change } of corruptions) {
    const target = transactions[transaction]?.operations[operation];
    if (target === undefined || !('read' in target)) continue;
    const { elements } = target;
    if (change === 0) elements.pop();
    else if (change === 1) elements.reverse();
    else elements.push(...elements.slice(0, 1));
  }
  return transactions;
}

/** Whether every append that took effect is in a committed read of its key, so that all version orders are known. */
export function isReadToItsEnd(transactions: readonly ScriptTransaction[]): boolean {
  const seen = new Set<string>();
  for (const { operations, outcome } of transactions) {
    if (outcome !== HISTORY_COMMITTED) continue;
    for (const each of operations) {
      if ('read' in each) for (const element of each.elements) seen.add(`${each.read} ${element}`);
    }
  }
  return transactions.every(
    ({ operations, outcome }) =>
      outcome !== HISTORY_COMMITTED ||
      operations.every((each) => !('append' in each) || seen.has(`${each.append} ${each.element}`)),
  );
}
