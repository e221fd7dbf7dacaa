/**
 * Deliberate bugs of the protocol, each put into a running cluster from outside: a test that does not find them proves
 * nothing. The code under test is untouched.
 */
import type { Access } from '../../engine/access.ts';
import type { LockTable } from '../../engine/lock-table.ts';
import { COMMITTED, USER_ABORT } from '../contract.ts';
import type { Coordinator } from '../coordinator.ts';
import { type FragmentSlot, PREPARED, WAITING } from '../fragment-slot.ts';
import { ABORT, SEQUENCE, SLOT, VOTE_CONFLICT, VOTE_YES } from '../message-layout.ts';
import { LONGEST_BODY_WORDS } from './program-session.ts';
import type { Member, SimulatedCluster } from './simulated-cluster.ts';

/** What mutations see of the objects under test besides their public parts. */
interface CoordinatorParts {
  slots: { sequence: number; missing: number; stamp: number }[];
  slotTable: { stamps: { next(): number } };
}
interface ParticipantParts {
  slots: FragmentSlot[];
}
interface LockParts {
  stamps: number[];
}

const partsOf = (coordinator: Coordinator) => coordinator as unknown as CoordinatorParts;
const fragmentsOf = ({ exchange }: Member) => (exchange.participant as unknown as ParticipantParts).slots;

export interface Mutation {
  name: string;
  apply(cluster: SimulatedCluster): void;
}

/** The same to every worker. */
const everywhere =
  (apply: (member: Member) => void): Mutation['apply'] =>
  (cluster) =>
    cluster.members.forEach(apply);

const withAccess = (apply: (access: Access, locks: LockTable) => void): Mutation['apply'] =>
  everywhere(({ partition }) => apply(partition.access, partition.locks));

type Vote = Parameters<Coordinator['receiveVote']>;
/** @param change of the arguments: worker, sequence, slot, vote, int32s, float64s, at, words; null where the vote is lost */
const withVotes = (change: (vote: Vote, coordinator: Coordinator) => Vote | null): Mutation['apply'] =>
  everywhere(({ exchange: { coordinator } }) => {
    const original = coordinator.receiveVote.bind(coordinator);
    coordinator.receiveVote = (...vote) => {
      const changed = change(vote, coordinator);
      if (changed !== null) original(...changed);
    };
  });

export const MUTATIONS: readonly Mutation[] = [
  {
    name: 'a participant lets its locks go as soon as it has voted',
    apply: everywhere((member) => {
      const { participant } = member.exchange;
      const prepare = participant.prepare.bind(participant);
      participant.prepare = (...fragment) => {
        prepare(...fragment);
        for (const { state, owner } of fragmentsOf(member)) {
          if (state === PREPARED) member.partition.locks.releaseAll(owner);
        }
      };
    }),
  },
  {
    name: 'a reader does not ask for the rows that it finds',
    apply: withAccess((access) => {
      access.read = () => true;
    }),
  },
  {
    name: 'a reader does not ask for a key that is absent',
    apply: withAccess((access) => {
      access.readKey = () => true;
    }),
  },
  {
    name: 'a range is not locked',
    apply: withAccess((access) => {
      access.readRange = () => true;
    }),
  },
  {
    name: 'an insert asks for its row and not for its keys',
    apply: withAccess((access) => {
      access.insert = (table, row) => access.write(table, row);
    }),
  },
  {
    name: 'a delete asks for its row and not for its keys',
    apply: withAccess((access) => {
      access.delete = (table, row) => access.write(table, row);
    }),
  },
  {
    name: 'an exclusive lock is not taken where a shared one is held',
    apply: withAccess((_, locks) => {
      const lock = locks.lock.bind(locks);
      locks.lock = (space, key, mode, owner) => {
        if (!locks.has(space, key, 0, owner)) lock(space, key, mode, owner);
      };
    }),
  },
  {
    name: 'what runs from start to end does not test',
    apply: withAccess((access) => {
      const parts = access as unknown as { keeps: boolean };
      Object.defineProperty(access, 'mustAsk', { get: () => parts.keeps });
    }),
  },
  {
    name: 'a refused fragment is not undone',
    apply: everywhere(({ session }) => {
      const execute = session.executeFragment.bind(session);
      session.executeFragment = (call) => {
        const done = execute(call);
        if (!done) call.transaction.commit();
        return done;
      };
    }),
  },
  {
    name: 'a younger one waits, too',
    apply: withAccess((access) => {
      Object.defineProperty(access, 'blockedBy', { get: () => Number.MAX_VALUE, set: () => {} });
    }),
  },
  {
    name: 'who waits goes on waiting when an older one has come past it',
    apply: withAccess((access) => {
      const refusal = access.refusal.bind(access);
      access.refusal = (place, owner) => Math.max(refusal(place, owner), Number.MAX_VALUE);
    }),
  },
  {
    name: 'nobody looks after those who wait for a lock',
    apply: everywhere(({ exchange: { participant } }) => {
      participant.wakeWaiting = () => false;
    }),
  },
  {
    name: 'the own part runs before all answers are in',
    apply: withVotes((vote, coordinator) => {
      if (vote[3] === VOTE_YES) partsOf(coordinator).slots[vote[2]].missing = 1;
      return vote;
    }),
  },
  {
    name: 'a conflict counts as a yes',
    apply: withVotes(([from, sequence, slot, vote, int32s, float64s, at, words]) => {
      if (vote !== VOTE_CONFLICT) return [from, sequence, slot, vote, int32s, float64s, at, words];
      const zeros = new Float64Array(LONGEST_BODY_WORDS);
      return [from, sequence, slot, VOTE_YES, new Int32Array(zeros.buffer), zeros, 0, LONGEST_BODY_WORDS];
    }),
  },
  {
    name: 'a conflict is overheard',
    apply: withVotes((vote) => (vote[3] === VOTE_CONFLICT ? null : vote)),
  },
  {
    name: 'a retry does not wait for the answers to the attempt before it, and counts them',
    apply: withVotes((vote, coordinator) => {
      const slot = partsOf(coordinator).slots[vote[2]];
      if (vote[3] === VOTE_CONFLICT) slot.missing = 1;
      vote[1] = slot.sequence;
      return vote;
    }),
  },
  {
    name: 'an abort does not reach a fragment that waits',
    apply: everywhere((member) => {
      const { exchange } = member;
      const receive = exchange.receive.bind(exchange);
      exchange.receive = (type, int32s, float64s, at, words) => {
        const waits = fragmentsOf(member).some(({ state, fromWorker, coordinatorSlot, sequence }) => {
          const same = fromWorker === int32s[at] && coordinatorSlot === int32s[at + SLOT];
          return same && state === WAITING && sequence === float64s[(at >> 1) + SEQUENCE];
        });
        if (type !== ABORT || !waits) receive(type, int32s, float64s, at, words);
      };
    }),
  },
  {
    name: 'a user abort commits the fragments',
    apply: everywhere(({ session }) => {
      const finish = session.finish.bind(session);
      session.finish = (terminal) => {
        const outcome = finish(terminal);
        return outcome === USER_ABORT ? COMMITTED : outcome;
      };
    }),
  },
];

/** Bugs that keep everything right but let somebody starve. */
export const STARVING_MUTATIONS: readonly Mutation[] = [
  {
    name: 'a retry is a new transaction',
    apply: everywhere(({ exchange: { coordinator }, session, partition }) => {
      const retry = session.retry.bind(session);
      session.retry = (terminal) => {
        const { slots, slotTable } = partsOf(coordinator);
        slots[terminal].stamp = slotTable.stamps.next();
        (partition.locks as unknown as LockParts).stamps[terminal] = slots[terminal].stamp;
        return retry(terminal);
      };
    }),
  },
  {
    name: 'who waits does not stand in the way of younger ones',
    apply: withAccess((_, locks) => {
      locks.wait = () => {};
      locks.waitRange = () => {};
    }),
  },
];
