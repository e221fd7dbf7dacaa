/**
 * The transports of a simulated cluster: frames between shards wait in one line for each ordered pair of shards, as on a
 * TCP connection, until the test delivers them. A link can be cut; what was not delivered by then may be lost.
 */
import { assert } from '../../assert.ts';
import {
  FROM_WORKER,
  LINK_DOWN_TYPE,
  LINK_DOWN_WORDS,
  LOST_SHARD,
  NO_WORKER,
  TO_WORKER,
} from '../../transport/envelope.ts';
import type { ShardPlumbing } from '../../transport/multi-transport-manager.ts';
import { RingConsumer } from '../../transport/ring-consumer.ts';
import { RingProducer } from '../../transport/ring-producer.ts';
import { FIRST_PARTICIPANT, SEQUENCE } from '../message-layout.ts';

/** A frame on its way. */
export interface Frame {
  type: number;
  toWorker: number;
  int32s: Int32Array;
}

export class SimulatedLinks {
  private readonly workersPerShard: number;
  private readonly sources: RingConsumer[] = [];
  private readonly targets: RingProducer[] = [];
  /** By sending shard, then by receiving shard; null when the link is cut. */
  private readonly lines: (Frame[] | null)[][];

  constructor(transports: readonly ShardPlumbing[], workersPerShard: number) {
    this.workersPerShard = workersPerShard;
    for (const { workers } of transports) {
      for (const { toTransport, fromTransport } of workers) {
        this.sources.push(new RingConsumer(toTransport));
        this.targets.push(new RingProducer(fromTransport));
      }
    }
    this.lines = transports.map(() => transports.map(() => []));
  }

  /** Takes what the workers have published; a bounded ring would hold back the rest of their backlogs. */
  collect(): void {
    for (const source of this.sources) {
      let frames = 0;
      for (let at = source.next(); at >= 0; at = source.next()) {
        assert(frames++ < source.capacityWords, 'a ring holds no more frames than words');
        const { int32s, type, payloadWords } = source;
        const line = this.lines[this.shardOf(int32s[at + FROM_WORKER])][this.shardOf(int32s[at + TO_WORKER])];
        line?.push({ type, toWorker: int32s[at + TO_WORKER], int32s: int32s.slice(at, at + 2 * payloadWords) });
      }
      source.release();
    }
  }

  /** Frames that wait between two shards. */
  waiting(fromShard: number, toShard: number): readonly Frame[] {
    return this.lines[fromShard][toShard] ?? [];
  }

  /** Pairs of shards between which frames wait. */
  busy(): [from: number, to: number][] {
    return this.lines.flatMap((row, from) =>
      row.flatMap((line, to): [number, number][] => (line !== null && line.length > 0 ? [[from, to]] : [])),
    );
  }

  /** Delivers the next frame. @returns false where there is none, or no room for it */
  deliver(fromShard: number, toShard: number): boolean {
    const frame = this.lines[fromShard][toShard]?.[0];
    if (frame === undefined) return false;
    const target = this.targets[frame.toWorker];
    const at = target.claim(frame.int32s.length / 2, frame.type);
    if (at < 0) return false;
    target.int32s.set(frame.int32s, at);
    target.publish();
    this.lines[fromShard][toShard]?.shift();
    return true;
  }

  /**
   * The link between two shards breaks: of what the lost shard had sent, `arriving` frames still come, then the workers
   * of the other one hear of it.
   */
  cut(lostShard: number, survivor: number, arriving: number): void {
    const line = this.lines[lostShard][survivor] ?? [];
    line.splice(arriving);
    for (let i = 0; i < this.workersPerShard; i++) {
      const int32s = new Int32Array(2 * LINK_DOWN_WORDS);
      const toWorker = survivor * this.workersPerShard + i;
      int32s[FROM_WORKER] = NO_WORKER;
      int32s[TO_WORKER] = toWorker;
      int32s[LOST_SHARD] = lostShard;
      line.push({ type: LINK_DOWN_TYPE, toWorker, int32s });
    }
    this.lines[survivor][lostShard] = null;
  }

  private shardOf(worker: number): number {
    return Math.floor(worker / this.workersPerShard);
  }
}

/** The sequence of a message between workers. */
export const sequenceOf = ({ int32s }: Frame): number =>
  new Float64Array(int32s.slice(0, FIRST_PARTICIPANT).buffer)[SEQUENCE];
