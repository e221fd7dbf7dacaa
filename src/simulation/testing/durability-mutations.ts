/** Deliberate bugs of durability: rules of epochs, acknowledgements, logs, snapshots and recoveries, each broken. */

import type { Acknowledgements } from '../../bench/durable/acknowledgements.ts';
import type { DiskFile } from '../../durability/disk.ts';
import type { EpochClock } from '../../durability/epoch-clock.ts';
import { agreeCut, reopenLog } from '../../durability/recovery.ts';
import type { SimulatedCluster } from '../cluster.ts';
import { folderOf } from '../disks/cluster-files.ts';
import type { DurableProcesses } from '../disks/durable-processes.ts';
import type { MemberDurability } from '../disks/member-durability.ts';
import type { SimulatedDisk } from '../disks/simulated-disk.ts';
import type { Member } from '../member.ts';
import type { Mutation } from './mutation.ts';

/** What mutations see of the objects under test besides their public parts. */
interface DurabilityParts {
  answers: Acknowledgements;
}
interface ClockParts {
  voteEpochs: number[];
}
interface ExchangeParts {
  raiseEpoch(epoch: number): void;
}

type DurableMember = Member & { durability: MemberDurability };
type DurableCluster = SimulatedCluster & { durable: DurableProcesses };

const withCluster =
  (apply: (cluster: DurableCluster) => void): Mutation['apply'] =>
  (cluster) => {
    if (cluster.durable !== null) apply(cluster as DurableCluster);
  };

const everywhere = (apply: (member: DurableMember, cluster: DurableCluster) => void) =>
  withCluster((cluster) => {
    for (const member of cluster.members) if (member.durability !== null) apply(member as DurableMember, cluster);
  });

const withClocks = (apply: (clock: EpochClock) => void) =>
  everywhere(({ durability }) => apply(durability.worker.clock));

/** @param epochOf the epoch that answers are settled to, given the one that is durable in the cluster */
const settlingTo = (epochOf: (epoch: number, member: DurableMember, cluster: DurableCluster) => number) =>
  everywhere((member, cluster) => {
    const { answers } = member.durability.worker as unknown as DurabilityParts;
    const settle = answers.settle.bind(answers);
    answers.settle = (epoch, listener) => settle(epochOf(epoch, member, cluster), listener);
  });

/** Disks outlive a crash, and so does what is done to them: once is enough. */
const withDisks = (apply: (disk: SimulatedDisk) => void) =>
  withCluster(({ durable, life }) => {
    if (life === 0) for (const disk of durable.storage.files.disks) apply(disk);
  });

const withFiles = (apply: (files: DurableProcesses['storage']['files']) => void) =>
  withCluster(({ durable, life }) => {
    if (life === 0) apply(durable.storage.files);
  });

const nameOf = (path: string): string => path.slice(path.lastIndexOf('/') + 1);
const unsynced = (file: DiskFile): DiskFile => ({ ...file, sync: () => {} });

export const DURABILITY_MUTATIONS: readonly Mutation[] = [
  {
    name: 'acknowledgements do not wait for durability',
    apply: settlingTo(() => Number.POSITIVE_INFINITY),
  },
  {
    name: 'acknowledgements wait for the own process and not for the others',
    apply: settlingTo((_epoch, { shard }, { durable }) => durable.boardOf(shard).localDurable),
  },
  {
    name: 'an answer waits for the epoch before its own',
    apply: settlingTo((epoch) => epoch + 1),
  },
  {
    name: 'a participant does not keep the epoch of an undecided vote open',
    apply: withClocks((clock) => {
      clock.vote = () => clock.current;
      clock.decided = () => {};
    }),
  },
  {
    name: 'a worker that sleeps lets epochs end in spite of its votes',
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
    apply: everywhere(({ durability }) => {
      durability.worker.redo.beginFragment = () => {};
    }),
  },
  {
    name: 'messages do not raise the epoch of who receives them',
    apply: everywhere(({ exchange }) => {
      if (exchange !== null) (exchange as unknown as ExchangeParts).raiseEpoch = () => {};
    }),
  },
  {
    name: 'a worker says that an epoch is over and has handed nothing over',
    apply: everywhere(({ durability: { worker } }) => {
      worker.redo.flush = () => {
        worker.clock.publish();
        return true;
      };
    }),
  },
  {
    name: 'a worker that wakes does not look at the tick',
    apply: withClocks((clock) => {
      clock.look = () => {};
    }),
  },
  {
    name: 'a commit now and then leaves no record',
    apply: everywhere(({ durability: { worker } }) => {
      const { redo } = worker;
      const committing = redo.committing.bind(redo);
      let commits = 0;
      redo.committing = (writeSet) => {
        if (++commits % 10 !== 0) committing(writeSet);
      };
    }),
  },
  {
    name: 'a log writer does not sync',
    apply: withDisks((disk) => {
      disk.finishSyncs = () => {};
    }),
  },
  {
    name: 'a snapshot holds an epoch that is not durable everywhere',
    apply: withCluster(({ durable }) => {
      for (const snapshot of durable.snapshots) snapshot.mayWrite = () => true;
    }),
  },
  {
    name: 'a snapshot is renamed and has not been synced',
    apply: withDisks((disk) => {
      const create = disk.create.bind(disk);
      disk.create = (path) => (nameOf(path).startsWith('snapshot') ? unsynced(create(path)) : create(path));
    }),
  },
  {
    name: 'a manifest is renamed and its folder is not synced',
    apply: withDisks((disk) => {
      let isPending = false;
      const rename = disk.rename.bind(disk);
      const syncFolder = disk.syncFolder.bind(disk);
      disk.rename = (from, to) => {
        rename(from, to);
        if (nameOf(to) === 'manifest.json') isPending = true;
      };
      disk.syncFolder = (folder) => {
        if (!isPending) syncFolder(folder);
        isPending = false;
      };
    }),
  },
  {
    name: 'each shard recovers to the last epoch of its own',
    apply: withFiles((files) => {
      files.cutOf = (surveys, shard) => surveys[shard].durableEpoch;
    }),
  },
  {
    name: 'a recovery does not discard what is above the cut',
    apply: withFiles((files) => {
      files.reopen = ({ surveys, verdict: { highestEpoch } }, shard) =>
        reopenLog(files.disks[shard], folderOf(shard), surveys[shard], highestEpoch, highestEpoch);
    }),
  },
  {
    name: 'a cut that a crash has torn discards all that comes later',
    apply: withFiles((files) => {
      const survey = files.survey.bind(files);
      files.survey = () => {
        const found = survey();
        for (const { cuts } of found.surveys) {
          for (const cut of cuts.slice(0, -1)) cut.upTo = Number.POSITIVE_INFINITY;
        }
        found.verdict.cut = agreeCut(found.surveys);
        return found;
      };
    }),
  },
];
