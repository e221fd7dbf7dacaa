/** Which seeds run, with which workloads, on how many threads. Plain data: it is sent to threads. */

/** A workload by name, with the URL of its module `simulation`. */
export interface NamedWorkload {
  name: string;
  moduleUrl: string;
}

export interface CampaignPlan {
  workloads: readonly NamedWorkload[];
  firstSeed: number;
  lastSeed: number;
  threads: number;
  /** Whether the trace hash of every run is wanted. */
  keepsHashes: boolean;
}

/** The trace hash of one run. */
export interface RunHash {
  workload: string;
  seed: number;
  traceHash: string;
}
