/** A deliberate bug, put into a simulated cluster from outside before its first step. The code under test is untouched. */
import type { Exchange } from '../../shard/exchange.ts';
import type { FragmentSlot } from '../../shard/fragment-slot.ts';
import type { SimulatedCluster } from '../cluster.ts';
import type { Member } from '../member.ts';

export interface Mutation {
  name: string;
  /** Whether it shows only where something is durable. */
  needsDisks?: true;
  apply(cluster: SimulatedCluster): void;
}

/** A member among others. */
export type BusyMember = Member & { exchange: Exchange };

export const isBusy = (member: Member): member is BusyMember => member.exchange !== null;

/** The same to every worker that has others beside it. */
export const everywhere =
  (apply: (member: BusyMember) => void): Mutation['apply'] =>
  (cluster) => {
    for (const member of cluster.members) if (isBusy(member)) apply(member);
  };

export const fragmentsOf = ({ exchange }: BusyMember): FragmentSlot[] =>
  (exchange.participant as unknown as { slots: FragmentSlot[] }).slots;
