/**
 * The shared memory between the threads of a process: rings and doorbells, made by the main thread before any of them
 * starts. Decides which way the frames between two workers take.
 */
import { createDoorbell } from '../transport/doorbell.ts';
import { LINK_DOWN_WORDS } from '../transport/envelope.ts';
import type { ShardPlumbing, TransportMode, WorkerPlumbing } from '../transport/multi-transport-manager.ts';
import { CAPACITY_WORDS_MAX, createRing, smallestCapacityWords, WORD_BYTES } from '../transport/ring-layout.ts';
import type { MailboxPlumbing, PeerPlumbing } from './mailbox.ts';
import { ANSWER_WORDS, PREPARE_WORDS, participantsWords } from './message-layout.ts';

/** Of one ring; several thousand messages. */
const DEFAULT_CAPACITY_WORDS = 8192;
/** Above this all rings together are made smaller. */
const MOST_WORDS = 2 ** 24;

/** The cluster as plumbing sees it. */
export interface PlumbingPlan {
  shards: number;
  workersPerShard: number;
  localShardIds: readonly number[];
  mode: TransportMode;
  /** Of each ring; 0 for the smallest, null for the default. */
  ringCapacityBytes: number | null;
  /** Of a workload's fragment or answer. */
  longestBodyWords: number;
}

export interface LocalPlumbing {
  /** By local shard in the order of `localShardIds`, then by worker of the shard. */
  mailboxes: MailboxPlumbing[][];
  /** By local shard. Workers use it only where frames go by TCP. */
  transports: ShardPlumbing[];
}

/** Makes all rings and doorbells of a process. */
export function layPlumbing(plan: PlumbingPlan): LocalPlumbing {
  const { localShardIds, workersPerShard } = plan;
  const localWorkers = localShardIds.flatMap((shard) => workersOf(shard, workersPerShard));
  const leastWords = smallestCapacityWords(longestPayloadWords(plan));
  const capacityWords = ringCapacityWords(plan, leastWords, localWorkers.length);
  const doorbells = new Map(localWorkers.map((worker) => [worker, createDoorbell()]));
  const direct = (from: number, to: number) =>
    plan.mode !== 'tcp' || Math.floor(from / workersPerShard) === Math.floor(to / workersPerShard);
  const rings = new Map<string, SharedArrayBuffer>();
  for (const from of localWorkers) {
    for (const to of localWorkers) {
      if (from !== to && direct(from, to)) rings.set(`${from}-${to}`, createRing(capacityWords));
    }
  }
  const ring = (from: number, to: number) => rings.get(`${from}-${to}`) as SharedArrayBuffer;
  const doorbell = (worker: number) => doorbells.get(worker) as SharedArrayBuffer;
  const allWorkers = Array.from({ length: plan.shards }, (_, shard) => workersOf(shard, workersPerShard)).flat();
  const isDirect = (from: number, to: number) => rings.has(`${from}-${to}`);
  const needsTransport = plan.shards > localShardIds.length || (plan.mode === 'tcp' && plan.shards > 1);

  const transports: ShardPlumbing[] = [];
  const mailboxes = localShardIds.map((shard) => {
    const toAndFrom: WorkerPlumbing[] = [];
    const transportDoorbell = createDoorbell();
    const ofShard = workersOf(shard, workersPerShard).map((worker): MailboxPlumbing => {
      const peers: PeerPlumbing[] = localWorkers
        .filter((other) => isDirect(worker, other))
        .map((other) => ({
          workers: [other],
          outbound: ring(worker, other),
          inbound: ring(other, worker),
          doorbell: doorbell(other),
        }));
      const outbound = createRing(needsTransport ? capacityWords : leastWords);
      const inbound = createRing(needsTransport ? capacityWords : leastWords);
      toAndFrom.push({ doorbell: doorbell(worker), toTransport: outbound, fromTransport: inbound });
      if (needsTransport) {
        const workers = allWorkers.filter((other) => other !== worker && !isDirect(worker, other));
        peers.push({ workers, outbound, inbound, doorbell: transportDoorbell });
      }
      return { worker, doorbell: doorbell(worker), peers };
    });
    transports.push({ doorbell: transportDoorbell, workers: toAndFrom });
    return ofShard;
  });
  return { mailboxes, transports };
}

/** Numbers of a shard's workers in the cluster. */
export function workersOf(shard: number, workersPerShard: number): number[] {
  return Array.from({ length: workersPerShard }, (_, i) => shard * workersPerShard + i);
}

const longestPayloadWords = (plan: PlumbingPlan): number =>
  Math.max(
    plan.longestBodyWords + Math.max(PREPARE_WORDS, ANSWER_WORDS),
    participantsWords(plan.shards * plan.workersPerShard),
    LINK_DOWN_WORDS,
  );

function ringCapacityWords(plan: PlumbingPlan, leastWords: number, localWorkers: number): number {
  let wantedWords = (plan.ringCapacityBytes ?? DEFAULT_CAPACITY_WORDS * WORD_BYTES) / WORD_BYTES;
  if (plan.ringCapacityBytes === null) {
    while (wantedWords > leastWords && wantedWords * localWorkers ** 2 > MOST_WORDS) wantedWords /= 2;
  }
  let capacityWords = leastWords;
  while (capacityWords < wantedWords && capacityWords < CAPACITY_WORDS_MAX) capacityWords *= 2;
  return capacityWords;
}
