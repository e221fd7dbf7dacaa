/**
 * Tells whether a history is strictly serializable: every transaction is repeated on plain maps at the instant in which its
 * own part has run, and must have seen exactly what is there. That instant lies between its start and its completion, so
 * that the order of these instants is a serial order that respects real time.
 */
import {
  applyPlainly,
  describeProgram,
  NOTHING,
  type OperationResult,
  type PlainAccounts,
  type Program,
  SUM,
} from './program.ts';

export class Oracle {
  /** By worker. */
  readonly accounts: PlainAccounts[];
  readonly violations: string[] = [];
  /** Sums over all accounts that committed. */
  sums = 0;
  wrongSums = 0;
  private readonly total: number;

  /** @param accounts as they are at the start, by worker */
  constructor(accounts: readonly PlainAccounts[]) {
    this.accounts = accounts.map((each) => new Map(each));
    this.total = this.money();
  }

  /** Whether money came from or went nowhere. */
  get isConserved(): boolean {
    return this.money() === this.total;
  }

  /** A transaction has decided, at this instant. */
  decided(program: Program, results: readonly OperationResult[], committed: boolean): void {
    const after = this.accounts.map((each) => new Map(each));
    const expected: OperationResult[] = [];
    for (const operation of program.operations) {
      expected.push(applyPlainly(after[operation.worker], operation, expected));
    }
    const differs = expected.some(
      ({ value, detail }, i) => results[i]?.value !== value || results[i]?.detail !== detail,
    );
    if (differs) {
      const shown = (list: readonly OperationResult[]) => JSON.stringify(list.map(({ value }) => value));
      this.violations.push(`${describeProgram(program)} saw ${shown(results)} instead of ${shown(expected)}`);
    }
    const fails = program.aborts || program.operations.some(({ must }, i) => must && expected[i].value === NOTHING);
    if (fails === committed) this.violations.push(`${describeProgram(program)} ${committed ? 'committed' : 'aborted'}`);
    if (committed) this.accounts.splice(0, this.accounts.length, ...after);
    if (program.name === 'sumAll') {
      this.sums++;
      const seen = program.operations.reduce(
        (sum, { kind }, i) => sum + (kind === SUM ? (results[i]?.value ?? 0) : 0),
        0,
      );
      if (seen !== this.total) {
        this.wrongSums++;
        this.violations.push(`a wrong sum: ${seen} instead of ${this.total}`);
      }
    }
  }

  private money(): number {
    return this.accounts.reduce((sum, each) => sum + [...each.values()].reduce((part, value) => part + value, 0), 0);
  }
}
