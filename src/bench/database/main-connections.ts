/** The main thread's own connections: one to each database, for everything that is not a terminal's. */
import type { RunConfig } from '../../config/run-config.ts';
import type { Connection, Driver } from '../../drivers/contract.ts';
import { connectTo } from './connecting.ts';

export class MainConnections {
  private readonly urls: readonly string[];
  private opened: Connection[] = [];
  private isOver = false;

  /** @param urls by shard, with their passwords */
  constructor(urls: readonly string[]) {
    this.urls = urls;
  }

  /** By shard. */
  get all(): readonly Connection[] {
    return this.opened;
  }

  /** Opens them. @throws DatabaseError */
  async open(driver: Driver, config: RunConfig): Promise<void> {
    const opened: Connection[] = [];
    this.opened = opened;
    for (const shard of this.urls.keys()) {
      const connection = await connectTo(driver, config, this.urls, shard);
      // Whoever waited for it may have given up meanwhile.
      if (this.isOver) await connection.close();
      else opened.push(connection);
    }
  }

  async close(): Promise<void> {
    const { opened } = this;
    this.opened = [];
    await Promise.all(opened.map((connection) => connection.close()));
  }

  /** Closes them, and whatever is opened from now on. */
  closeForGood(): Promise<void> {
    this.isOver = true;
    return this.close();
  }
}
