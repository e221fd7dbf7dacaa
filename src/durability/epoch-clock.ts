/**
 * The epochs of one worker: which one a commit belongs to, and which are over. Runs on the worker's thread and shares the
 * `EpochBoard` with log writers; knows no message and no file.
 *
 * A transaction's epoch is its coordinator's at the commit point. Messages carry the sender's epoch and raise the
 * receiver's, so an epoch never goes backwards along a dependency: what a participant voted in epoch e commits in e or
 * later, and so e stays open here until that vote is decided.
 */
import { assert } from '../assert.ts';
import type { EpochBoard } from './epoch-board.ts';

export class EpochClock {
  private readonly board: EpochBoard;
  private readonly worker: number;
  /** The epoch of what commits now. */
  current: number;
  /** Undecided votes by the epoch they were given in, oldest epoch first. */
  private readonly voteEpochs: number[] = [];
  private readonly voteCounts: number[] = [];
  private published: number;

  /**
   * @param worker counted within the process, from 0
   * @param firstEpoch the first that is open
   */
  constructor(board: EpochBoard, worker: number, firstEpoch: number) {
    this.board = board;
    this.worker = worker;
    this.current = firstEpoch;
    this.published = firstEpoch - 1;
    board.setClosed(worker, firstEpoch - 1);
  }

  /** Looks at the tick: due before each batch of transactions, and as the first thing after sleep. */
  look(): void {
    this.raise(this.board.tick);
  }

  /** A message came from a worker at this epoch. */
  raise(epoch: number): void {
    if (epoch > this.current) this.current = epoch;
  }

  /** A fragment is answered with yes. @returns the epoch that stays open for it, to be given back to `decided` */
  vote(): number {
    const { voteEpochs, voteCounts, current } = this;
    const last = voteEpochs.length - 1;
    if (last >= 0 && voteEpochs[last] === current) voteCounts[last]++;
    else {
      voteEpochs.push(current);
      voteCounts.push(1);
    }
    return current;
  }

  /** The vote that was given in this epoch is decided, and what it wrote is handed over. */
  decided(voteEpoch: number): void {
    const at = this.voteEpochs.indexOf(voteEpoch);
    assert(at >= 0, 'the vote is open');
    if (--this.voteCounts[at] > 0) return;
    this.voteEpochs.splice(at, 1);
    this.voteCounts.splice(at, 1);
  }

  /** Every epoch up to this is over here. */
  get closed(): number {
    const oldest = this.voteEpochs.length > 0 ? this.voteEpochs[0] : this.current;
    return Math.min(this.current, oldest) - 1;
  }

  /** Says so. Due after all records were handed to the log writer. @returns whether another epoch is over */
  publish(): boolean {
    const { closed } = this;
    if (closed === this.published) return false;
    this.published = closed;
    this.board.setClosed(this.worker, closed);
    return true;
  }

  /** Before the worker sleeps: epochs go on to end without it, unless a vote is open. */
  sleep(): void {
    this.publish();
    if (this.voteEpochs.length === 0) this.board.setAsleep(this.worker, true);
  }

  /** As the first thing after sleep. */
  wake(): void {
    this.board.setAsleep(this.worker, false);
    this.look();
  }
}
