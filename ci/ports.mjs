/**
 * Ports for runs with several shards.
 *   node ci/ports.mjs yaml SHARDS WAREHOUSES FILE   writes a shard YAML with ports that are free at this moment
 *   node ci/ports.mjs free FILE                     exits 1 and names the ports of the YAML that nobody else can listen on
 *   node ci/ports.mjs hold FILE                     listens on the last port of the YAML until its input ends
 */
import { readFileSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:net';

const HOST = '127.0.0.1';

/** Resolves with the server, or rejects where the port is taken. */
const listen = (port) =>
  new Promise((resolve, reject) => {
    const server = createServer();
    server.once('error', reject);
    server.listen(port, HOST, () => resolve(server));
  });
const close = (server) => new Promise((resolve) => server.close(resolve));
const portsOf = (path) => Array.from(readFileSync(path, 'utf8').matchAll(/port: (\d+)/g), ([, port]) => Number(port));

const [command, ...rest] = process.argv.slice(2);
if (command === 'yaml') {
  const [shards, warehouses, path] = rest;
  const servers = await Promise.all(Array.from({ length: Number(shards) }, () => listen(0)));
  const lines = servers.map((server, shard) => `  - {shard_id: ${shard}, port: ${server.address().port}}`);
  await Promise.all(servers.map(close));
  writeFileSync(path, `nshards: ${shards}\nhost: ${HOST}\nwarehouses: ${warehouses}\nshards:\n${lines.join('\n')}\n`);
} else if (command === 'free') {
  const taken = [];
  for (const port of portsOf(rest[0])) {
    try {
      await close(await listen(port));
    } catch {
      taken.push(port);
    }
  }
  if (taken.length > 0) {
    console.error(`ports that are not free: ${taken.join(', ')}`);
    process.exit(1);
  }
} else if (command === 'hold') {
  const server = await listen(portsOf(rest[0]).at(-1));
  console.log(`holding port ${server.address().port}`);
  process.stdin.on('end', () => server.close()).resume();
} else {
  console.error('usage: node ci/ports.mjs yaml SHARDS WAREHOUSES FILE | free FILE | hold FILE');
  process.exit(2);
}
