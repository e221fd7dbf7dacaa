/** Deliberate bugs of coordinators, participants, locks and transactions, besides those of `src/shard/testing`. */
import type { Transaction } from '../../engine/transaction.ts';
import type { WriteSet } from '../../engine/write-set.ts';
import type { FragmentCall } from '../../shard/contract.ts';
import { PREPARING } from '../../shard/coordinator-slot.ts';
import { type FragmentSlot, PREPARED } from '../../shard/fragment-slot.ts';
import { KNOWN_ABORT } from '../../shard/outcomes.ts';
import { MUTATIONS, STARVING_MUTATIONS } from '../../shard/testing/mutations.ts';
import type { SimulatedCluster as ProgramCluster } from '../../shard/testing/simulated-cluster.ts';
import { everywhere, fragmentsOf, isBusy, type Mutation } from './mutation.ts';

interface WriteSetParts {
  words: Float64Array;
  count: number;
}
interface ParticipantParts {
  newSlot(): FragmentSlot;
}
interface CoordinatorParts {
  slots: { state: number; count: number }[];
  slotTable: { inFlight: number };
}

/** Every transaction of the participants' fragments, those to come as well. */
const withFragmentTransactions = (apply: (transaction: Transaction) => void): Mutation['apply'] =>
  everywhere((member) => {
    for (const { transaction } of fragmentsOf(member)) apply(transaction);
    const participant = member.exchange.participant as unknown as ParticipantParts;
    const newSlot = participant.newSlot.bind(participant);
    participant.newSlot = () => {
      const slot = newSlot();
      apply(slot.transaction);
      return slot;
    };
  });

/** Forgets the first write, which is undone last. */
function forgetFirst(writeSet: WriteSet): void {
  const parts = writeSet as unknown as WriteSetParts;
  if (parts.count === 0) return;
  parts.words.copyWithin(0, 2, 2 * parts.count);
  parts.count--;
}

/** Those of the tests of `src/shard`, which see of a cluster its members alone. */
const ofShard: readonly Mutation[] = [...MUTATIONS, ...STARVING_MUTATIONS].map(({ name, apply }) => ({
  name,
  apply: (cluster) => apply({ members: cluster.members.filter(isBusy) } as unknown as ProgramCluster),
}));

export const TRANSACTION_MUTATIONS: readonly Mutation[] = [
  ...ofShard,
  {
    name: 'a fragment is applied twice',
    apply: everywhere(({ session }) => {
      const execute = session.executeFragment.bind(session);
      session.executeFragment = (call) => {
        let at = 0;
        const once = (answer: (words: number) => number): FragmentCall =>
          Object.create(call, { answer: { value: answer } }) as FragmentCall;
        const first = once((words) => {
          at = call.answer(words);
          return at;
        });
        return execute(first) && execute(once(() => at));
      };
    }),
  },
  {
    name: 'an abort undoes one row too few',
    apply: withFragmentTransactions((transaction) => {
      const abort = transaction.abort.bind(transaction);
      transaction.abort = () => {
        forgetFirst(transaction.writeSet);
        abort();
      };
    }),
  },
  {
    name: 'an abort is taken for a commit',
    apply: withFragmentTransactions((transaction) => {
      transaction.abort = () => transaction.commit();
    }),
  },
  {
    name: 'a deleted row can be taken before the decision',
    apply: withFragmentTransactions((transaction) => {
      const parts = transaction as unknown as { deletes: number };
      const remove = transaction.delete.bind(transaction);
      transaction.delete = (table, row) => {
        remove(table, row);
        table.free(row);
        parts.deletes = 0;
      };
    }),
  },
  {
    name: 'one participant is forgotten in the decision',
    apply: everywhere(({ exchange: { coordinator } }) => {
      const { messages } = coordinator as unknown as {
        messages: { decide(number: number, slot: { count: number }, type: number): void };
      };
      const decide = messages.decide.bind(messages);
      messages.decide = (number, slot, type) => {
        if (slot.count > 1) slot.count--;
        decide(number, slot, type);
      };
    }),
  },
  {
    name: 'a lock is released before the decision when others wait for it',
    apply: everywhere((member) => {
      const { locks } = member.partition;
      const wait = locks.wait.bind(locks);
      locks.wait = (...place) => {
        wait(...place);
        for (const { state, owner } of fragmentsOf(member)) if (state === PREPARED) locks.releaseAll(owner);
      };
    }),
  },
  {
    name: 'the end of the run gives up transactions with fragments out',
    apply: everywhere(({ exchange: { coordinator } }) => {
      const drain = coordinator.drain.bind(coordinator);
      coordinator.drain = () => {
        drain();
        for (const slot of (coordinator as unknown as CoordinatorParts).slots) {
          if (slot.state !== PREPARING) continue;
          slot.state = 0;
          (coordinator as unknown as CoordinatorParts).slotTable.inFlight--;
        }
      };
    }),
  },
  {
    name: 'a participant aborts what it has voted for when the coordinator is lost',
    apply: everywhere(({ exchange: { participant } }) => {
      const lose = participant.loseCoordinators.bind(participant);
      participant.loseCoordinators = (isLost) => {
        for (const slot of lose(isLost)) {
          participant.decide(slot.fromWorker, slot.sequence, slot.coordinatorSlot, false, 0);
        }
        return [];
      };
    }),
  },
  {
    name: 'who is asked for an outcome that it does not know says abort',
    apply: everywhere(({ exchange }) => {
      const { outcomes } = exchange as unknown as { outcomes: { of(coordinator: number, sequence: number): number } };
      const of = outcomes.of.bind(outcomes);
      outcomes.of = (coordinator, sequence) => of(coordinator, sequence) || KNOWN_ABORT;
    }),
  },
  {
    name: 'a fragment in doubt lets go of its locks',
    apply: everywhere(({ partition: { locks } }) => {
      locks.doubt = (owner) => locks.releaseAll(owner);
    }),
  },
];
