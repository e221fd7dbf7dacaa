/**
 * Rules of durability, each broken on purpose in a running cluster from outside: a test that does not find them proves
 * nothing. The code under test is untouched.
 */
import type { EpochClock } from '../../../durability/epoch-clock.ts';
import type { Exchange } from '../../../shard/exchange.ts';
import type { Acknowledgements } from '../acknowledgements.ts';
import type { DurableMember, Sabotage } from './durable-cluster.ts';

/** What mutations see of the objects under test besides their public parts. */
interface DurabilityParts {
  answers: Acknowledgements;
}
interface ExchangeParts {
  raiseEpoch(epoch: number): void;
}
interface ClockParts {
  voteEpochs: number[];
}

export interface DurabilityMutation {
  name: string;
  /** What a recovery must find in some of the runs. */
  shows: RegExp;
  apply: Sabotage;
}

/** What was acknowledged is gone. */
const LOST = /^lost/;
/** Transactions are there in part: money is made or lost, an account is another than it must be. */
const HALF = /^(half|differs)/;

/** The same to every worker. */
const everywhere =
  (apply: (member: DurableMember) => void): Sabotage =>
  ({ members }) =>
    members.forEach(apply);

const withClocks = (apply: (clock: EpochClock) => void): Sabotage =>
  everywhere(({ durability }) => apply(durability.clock));

const answersOf = ({ durability }: DurableMember) => (durability as unknown as DurabilityParts).answers;
const partsOf = (exchange: Exchange) => exchange as unknown as ExchangeParts;

export const DURABILITY_MUTATIONS: readonly DurabilityMutation[] = [
  {
    name: 'acknowledgements do not wait for durability',
    shows: LOST,
    apply: everywhere((member) => {
      const answers = answersOf(member);
      const settle = answers.settle.bind(answers);
      answers.settle = (_epoch, listener) => settle(Number.POSITIVE_INFINITY, listener);
    }),
  },
  {
    name: 'acknowledgements wait for the own process and not for the others',
    shows: LOST,
    apply: (cluster) => {
      cluster.members.forEach((member) => {
        const answers = answersOf(member);
        const settle = answers.settle.bind(answers);
        answers.settle = (_epoch, listener) => settle(cluster.boardOf(member.member.shard).localDurable, listener);
      });
    },
  },
  {
    name: 'an answer waits for the epoch before its own',
    shows: LOST,
    apply: everywhere((member) => {
      const answers = answersOf(member);
      const settle = answers.settle.bind(answers);
      answers.settle = (epoch, listener) => settle(epoch + 1, listener);
    }),
  },
  {
    name: 'a participant does not keep the epoch of an undecided vote open',
    shows: HALF,
    apply: withClocks((clock) => {
      clock.vote = () => clock.current;
      clock.decided = () => {};
    }),
  },
  {
    name: 'a worker that sleeps lets epochs end in spite of its votes',
    shows: HALF,
    apply: withClocks((clock) => {
      const sleep = clock.sleep.bind(clock);
      const parts = clock as unknown as ClockParts;
      clock.sleep = () => {
        const votes = parts.voteEpochs.splice(0);
        sleep();
        parts.voteEpochs.push(...votes);
      };
    }),
  },
  {
    name: 'a participant writes its own epoch instead of the one of the decision',
    shows: HALF,
    apply: everywhere(({ durability: { redo } }) => {
      redo.beginFragment = () => {};
    }),
  },
  {
    name: 'messages do not raise the epoch of who receives them',
    shows: HALF,
    apply: everywhere(({ member: { exchange } }) => {
      partsOf(exchange).raiseEpoch = () => {};
    }),
  },
  {
    name: 'a worker says that an epoch is over and has handed nothing over',
    shows: HALF,
    apply: everywhere(({ durability: { redo, clock } }) => {
      redo.flush = () => {
        clock.publish();
        return true;
      };
    }),
  },
  {
    name: 'a worker that wakes does not look at the tick',
    shows: /^(half|differs|lost)/,
    apply: withClocks((clock) => {
      clock.look = () => {};
    }),
  },
  {
    name: 'each shard recovers to the last epoch of its own',
    shows: HALF,
    apply: (cluster) => {
      cluster.agree = (surveys) => surveys.map(({ durableEpoch }) => durableEpoch);
    },
  },
];
