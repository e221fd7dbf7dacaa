/** What the processes of a cluster found in their folders, and what it comes to: plain data, which they tell each other. */
import {
  agreeCut,
  findBehind,
  type ShardBehind,
  type ShardStanding,
  type ShardSurvey,
} from '../../durability/recovery.ts';

/** What one process found. */
export interface Found {
  holdsData: boolean;
  /** Some of its shards hold data, others none. */
  isHalf: boolean;
  surveys: ShardStanding[];
  highestEpoch: number;
}

export interface Verdict {
  holdsData: boolean;
  /** The shard whose files end too early, if there is one: nothing is recovered then. */
  behind: ShardBehind | null;
  /** The epoch up to which every partition is recovered. */
  cut: number;
  /** Of any record in the cluster: epochs go on above it. */
  highestEpoch: number;
}

/** @param all of the process's shards; null where a folder holds no data */
export function foundIn(all: readonly (ShardSurvey | null)[]): Found {
  const surveys = all.flatMap((survey) => survey ?? []);
  return {
    holdsData: surveys.length > 0,
    isHalf: surveys.length > 0 && surveys.length < all.length,
    surveys: surveys.map(({ shardId, snapshotEpoch, clusterEpoch, durableEpoch, cuts }) => {
      return { shardId, snapshotEpoch, clusterEpoch, durableEpoch, cuts };
    }),
    highestEpoch: Math.max(0, ...surveys.map(({ highestEpoch }) => highestEpoch)),
  };
}

/** @param reports by process @returns null where some shards have data and others have none */
export function judgeFound(reports: ReadonlyMap<number, Found>): Verdict | null {
  const all = [...reports.values()];
  const holding = all.filter(({ holdsData }) => holdsData);
  if (holding.length !== 0 && (holding.length !== all.length || all.some(({ isHalf }) => isHalf))) return null;
  if (holding.length === 0) return { holdsData: false, behind: null, cut: 0, highestEpoch: 0 };
  return {
    holdsData: true,
    behind: findBehind(all.flatMap(({ surveys }) => surveys)),
    cut: agreeCut(all.flatMap(({ surveys }) => surveys)),
    highestEpoch: Math.max(...all.map(({ highestEpoch }) => highestEpoch)),
  };
}
