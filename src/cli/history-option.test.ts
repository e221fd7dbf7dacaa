/** What `--history` does to a file that is there already. Needs `npm run build`. */
import { spawnSync } from 'node:child_process';
import { existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { createServer, type Server } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterEach, beforeEach, expect, it } from 'vitest';

const DBTEST = fileURLToPath(new URL('../../bin/dbtest.js', import.meta.url));

let folder: string;
let taken: Server;

beforeEach(async () => {
  folder = mkdtempSync(join(tmpdir(), 'dbtest-history-option-'));
  taken = createServer();
  await new Promise<void>((done) => taken.listen(0, '127.0.0.1', done));
  const { port } = taken.address() as { port: number };
  const shards = `  - {shard_id: 0, port: ${port}}\n  - {shard_id: 1, port: ${port + 1}}\n`;
  writeFileSync(join(folder, 'shards.yml'), `nshards: 2\nhost: 127.0.0.1\nshards:\n${shards}`);
});
afterEach(async () => {
  await new Promise((done) => taken.close(done));
  rmSync(folder, { recursive: true });
});

const record = (...args: string[]) =>
  spawnSync(process.execPath, [DBTEST, '--workload', 'append', '--warmup', '0', '--runtime', '0.2', ...args], {
    cwd: folder,
    encoding: 'utf8',
  });

it('leaves an earlier history alone, and leaves none, where the run cannot start', () => {
  const path = join(folder, 'run.history');
  writeFileSync(path, 'of an earlier run');
  const { status } = record('--shard-config', 'shards.yml', '--history', 'run.history');
  expect(status).toBe(5);
  expect(readFileSync(path, 'utf8')).toBe('of an earlier run');
  expect(record('--shard-config', 'shards.yml', '--history', 'new.history').status).toBe(5);
  expect(existsSync(join(folder, 'new.history'))).toBe(false);
});

it('begins the file anew where it starts', () => {
  writeFileSync(join(folder, 'run.history'), 'of an earlier run');
  expect(record('--history', 'run.history', '--quiet').status).toBe(0);
  expect(readFileSync(join(folder, 'run.history'), 'latin1')).not.toContain('of an earlier run');
  const verify = spawnSync(process.execPath, [DBTEST, 'verify', 'run.history'], { cwd: folder, encoding: 'utf8' });
  expect([verify.status, verify.stdout]).toEqual([0, expect.stringContaining('No anomaly')]);
});
