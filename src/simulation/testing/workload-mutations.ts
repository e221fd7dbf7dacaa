/** Deliberate bugs of a workload: what the engine and the protocol cannot keep it from. */
import type { Outcome } from '../../bench/contract.ts';
import { everywhere, type Mutation } from './mutation.ts';

/** What the mutations see of the sessions of the bank; other workloads have none of it. */
interface BankParts {
  bank?: { answers: { clear(terminal: number): void; cents: Float64Array } };
  procedures?: SumAll[];
}
interface SumAll {
  cents: number;
  start(input: unknown, terminal: number): Outcome;
  finish(input: unknown, terminal: number): Outcome;
  sumHere(ask: boolean): boolean;
}

const SUM_ALL = 5;

export const WORKLOAD_MUTATIONS: readonly Mutation[] = [
  {
    name: 'a sum reads the rows of other partitions itself, without their owners',
    apply: (cluster) =>
      everywhere((member) => {
        const { bank, procedures } = member.session as unknown as BankParts;
        if (bank === undefined || procedures === undefined) return;
        const own = procedures[SUM_ALL];
        own.start = (input, terminal) => {
          bank.answers.clear(terminal);
          for (const other of cluster.members) {
            const sum = (other.session as unknown as { procedures: SumAll[] }).procedures[SUM_ALL];
            if (sum === own) continue;
            sum.sumHere(false);
            bank.answers.cents[terminal] += sum.cents;
          }
          return own.finish(input, terminal);
        };
      })(cluster),
  },
];
