/**
 * Ports for runs that another command makes: on a busy machine the default ones belong to somebody else, or to the run
 * before, whose connections the system has not forgotten yet.
 */
import { createServer, type Server } from 'node:net';
import { DEFAULT_HOST, HIGHEST_PORT, PORT_STEP } from '../config/resolve.ts';
import type { RunConfig } from '../config/run-config.ts';
import { EXIT, OperatingFault } from '../errors.ts';
import { peekOption } from './arguments.ts';
import type { ChildRuns } from './child-run.ts';

/** Below the range from which systems take ports for outgoing connections. */
const LOWEST_PORT = 10_000;
const ABOVE_HIGHEST_PORT = 30_000;
const TRIES = 100;
/** Somebody else may take a port before the run does; it then takes others. */
const RUNS = 3;

/**
 * A base port of which every shard's port (see `defaultShards`) is free at this moment.
 * @param random uniform over 0..1
 * @throws OperatingFault where none is found
 */
export async function findBasePort(shards: number, random: () => number = Math.random): Promise<number> {
  const span = PORT_STEP * (shards - 1);
  const highest = Math.max(LOWEST_PORT, Math.min(ABOVE_HIGHEST_PORT, HIGHEST_PORT - span));
  for (let i = 0; i < TRIES; i++) {
    const base = LOWEST_PORT + Math.floor(random() * (highest - LOWEST_PORT));
    const ports = Array.from({ length: shards }, (_, shard) => base + PORT_STEP * shard);
    if (await areFree(ports)) return base;
  }
  const many = `found no ${shards} free ports ${PORT_STEP} apart from ${LOWEST_PORT} up in ${TRIES} tries`;
  throw new OperatingFault('TRANSPORT', EXIT.connection, `${many}; give --base-port to the runs`);
}

async function areFree(ports: readonly number[]): Promise<boolean> {
  const servers: Server[] = [];
  try {
    for (const port of ports) servers.push(await listen(port));
    return true;
  } catch {
    return false;
  } finally {
    await Promise.all(servers.map((server) => new Promise((resolve) => server.close(resolve))));
  }
}

const listen = (port: number): Promise<Server> =>
  new Promise((resolve, reject) => {
    const server = createServer();
    server.once('error', reject);
    server.listen({ port, host: DEFAULT_HOST, exclusive: true }, () => resolve(server));
  });

/**
 * One run on free ports, unless its options say which, in a shard YAML or with `--base-port`, or it is on databases.
 * @param config what the words resolve to
 * @throws OperatingFault as `ChildRuns.run` does
 */
export async function runOnFreePorts(
  runs: ChildRuns,
  words: readonly string[],
  config: RunConfig,
  name: string,
): ReturnType<ChildRuns['run']> {
  const isSaid = config.cluster.source !== null || peekOption(words, 'base-port') !== undefined;
  if (isSaid || config.database !== undefined) return runs.run(words, name);
  for (let tried = 1; ; tried++) {
    const basePort = await findBasePort(config.cluster.shards.length);
    try {
      return await runs.run([...words, '--base-port', String(basePort)], name);
    } catch (fault) {
      const isTaken = fault instanceof OperatingFault && fault.message.includes('the port is already in use');
      if (!isTaken || tried === RUNS) throw fault;
    }
  }
}
