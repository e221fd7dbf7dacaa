/**
 * The processes of a cluster and the links between them, for tests on one thread: texts arrive one by one, in the order of
 * their link, when the test says so. A process that is killed is noticed by each other one behind what still arrives of it.
 */
import { type Announcement, Cluster } from '../cluster.ts';

type Arrival = { kind: 'text'; fromShard: number; text: string } | { kind: 'lost'; shardIds: readonly number[] };

/** One process with what it was told. */
export class Process {
  /** Its lowest shard. */
  readonly name: number;
  readonly shardIds: readonly number[];
  readonly announced: Announcement[] = [];
  readonly endRequests: string[] = [];
  /** Told of the same as they come. */
  onAnnounced: (announcement: Announcement) => void = () => {};
  onEndRequested: (reason: string) => void = () => {};
  cluster!: Cluster;
  alive = true;

  constructor(shardIds: readonly number[]) {
    this.name = shardIds[0] as number;
    this.shardIds = shardIds;
  }
}

export class ProcessNet {
  readonly processes: readonly Process[];
  /** By "from-to": what is on its way. */
  private readonly links = new Map<string, Arrival[]>();
  /** Told of losses, besides the cluster. */
  onLost: (process: Process, shardId: number) => void = () => {};

  /** @param shards of each process, ascending */
  constructor(shards: readonly (readonly number[])[]) {
    this.processes = shards.map((shardIds) => new Process(shardIds));
    for (const process of this.processes) {
      const peers = this.processes
        .filter((other) => other !== process)
        .flatMap((other) => other.shardIds.map((shardId) => ({ shardId, localShardIds: other.shardIds })));
      const send = (toShard: number, text: string) => this.send(process, toShard, text);
      process.cluster = new Cluster(process.shardIds, peers, send, {
        announced: (announcement) => {
          process.announced.push(announcement);
          process.onAnnounced(announcement);
        },
        endRequested: (reason) => {
          process.endRequests.push(reason);
          process.onEndRequested(reason);
        },
        durable: () => {},
      });
    }
  }

  get alive(): readonly Process[] {
    return this.processes.filter((process) => process.alive);
  }

  process(name: number): Process {
    const process = this.processes.find((candidate) => candidate.name === name);
    if (process === undefined) throw new Error(`there is no process ${name}`);
    return process;
  }

  /** Links with something on its way, as [from, to]. */
  get busyLinks(): [number, number][] {
    const busy = [...this.links].filter(([, arrivals]) => arrivals.length > 0);
    return busy.map(([link]) => link.split('-').map(Number) as [number, number]);
  }

  /** Delivers the next arrival of a link. */
  deliver(from: number, to: number): void {
    const arrival = this.link(from, to).shift();
    const process = this.process(to);
    if (arrival === undefined || !process.alive) return;
    if (arrival.kind === 'text') {
      process.cluster.receive(arrival.fromShard, arrival.text);
      return;
    }
    for (const shardId of arrival.shardIds) {
      process.cluster.lose(shardId);
      this.onLost(process, shardId);
    }
  }

  /** Delivers everything, the first links first. */
  deliverAll(): void {
    for (let [link] = this.busyLinks; link !== undefined; [link] = this.busyLinks) this.deliver(...link);
  }

  /**
   * Ends a process.
   * @param arriving how many of its texts still arrive at each process by its name; all where it is not said
   */
  kill(name: number, arriving: Readonly<Record<number, number>> = {}): void {
    const process = this.process(name);
    process.alive = false;
    for (const other of this.processes) {
      if (other === process) continue;
      this.link(other.name, name).length = 0;
      const link = this.link(name, other.name);
      link.length = Math.min(link.length, arriving[other.name] ?? Number.POSITIVE_INFINITY);
      link.push({ kind: 'lost', shardIds: process.shardIds });
    }
  }

  /** Texts on their way from one process to another. */
  pending(from: number, to: number): number {
    return this.link(from, to).length;
  }

  private send(from: Process, toShard: number, text: string): void {
    const to = this.processes.find((process) => process.shardIds.includes(toShard));
    if (to === undefined) throw new Error(`there is no shard ${toShard}`);
    if (!from.alive || !to.alive) return;
    // Any shard of the process may be named as the origin.
    const fromShard = from.shardIds[from.shardIds.length - 1] as number;
    this.link(from.name, to.name).push({ kind: 'text', fromShard, text });
  }

  private link(from: number, to: number): Arrival[] {
    const key = `${from}-${to}`;
    let link = this.links.get(key);
    if (link === undefined) {
      link = [];
      this.links.set(key, link);
    }
    return link;
  }
}
