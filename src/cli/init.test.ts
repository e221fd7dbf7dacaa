import { existsSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { defaultShards } from '../config/resolve.ts';
import { readShardFile } from '../config/shard-yaml.ts';
import { runCli } from './testing/fake-context.ts';

let folder: string;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'dbtest-init-'));
});
afterEach(() => rmSync(folder, { recursive: true }));

describe('dbtest init', () => {
  it.each(['shards', 'groups', 'sites'] as const)('writes the form %s, which reads back', async (form) => {
    const path = join(folder, 'cluster.yml');
    const argv = [
      'init',
      path,
      '--form',
      form,
      '--shards',
      '3',
      '--warehouses',
      '7',
      '--host',
      '::1',
      '--base-port',
      '400',
    ];
    const { status, stdout, stderr } = await runCli(argv);
    expect({ status, stdout }).toEqual({ status: 0, stdout: '' });
    expect(stderr).toContain(path);
    const file = readShardFile(path);
    expect(file.form).toBe(form);
    expect(file.shards).toEqual(defaultShards(3, '::1', 400));
    expect(file.warehousesPerShard).toBe(7);
    expect(readdirSync(folder)).toEqual(['cluster.yml']);
  });

  it('names the file after its content', async () => {
    const before = process.cwd();
    process.chdir(folder);
    try {
      expect((await runCli(['init', '--shards', '2', '--warehouses', '4'])).status).toBe(0);
      expect((await runCli(['init'])).status).toBe(0);
    } finally {
      process.chdir(before);
    }
    expect(readdirSync(folder).sort()).toEqual(['local-shards1-warehouses1.yml', 'local-shards2-warehouses4.yml']);
  });

  it('replaces a file only when forced to', async () => {
    const path = join(folder, 'mine.yml');
    writeFileSync(path, 'mine');
    const refused = await runCli(['init', path]);
    expect(refused.status).toBe(2);
    expect(refused.stderr).toMatch(/^dbtest: init: ".*mine\.yml" exists already; .*--force[^\n]*\n$/);
    expect(readFileSync(path, 'utf8')).toBe('mine');
    expect((await runCli(['init', path, '--force'])).status).toBe(0);
    expect(readShardFile(path).shards).toHaveLength(1);
  });

  it.each([
    [['--shards', '0'], '--shards: "0" is not accepted'],
    [['--shards', '400'], '400 shards: shard 399 would listen at port 70900'],
    [['--warehouses', 'x'], '--warehouses: "x" is not accepted'],
    [['--base-port', '0'], '--base-port: "0" is not accepted; give a whole number from 1 to 65535'],
    [['--base-port', '65500', '--shards', '2'], 'would listen at port 65600'],
    [['--host', 'a b'], '--host: "a b" is not accepted; give a host name or an IP address'],
    [['--host', 'h:1'], '--host: "h:1" is not accepted; give the host alone'],
    [['--form', 'list'], '--form: "list" is not accepted; give one of shards, groups, sites'],
  ])('refuses %j', async (argv, expected) => {
    const path = join(folder, 'x.yml');
    const { status, stderr } = await runCli(['init', path, ...argv]);
    expect(status).toBe(2);
    expect(stderr).toMatch(/^dbtest: [^\n]+\n$/);
    expect(stderr).toContain(expected);
    expect(existsSync(path)).toBe(false);
  });

  it.each([
    ['-', 'the file has no name'],
    ['', 'the file has no name'],
  ])('refuses the name %j', async (name, expected) => {
    const { status, stderr } = await runCli(['init', name]);
    expect(status).toBe(2);
    expect(stderr).toContain(expected);
  });

  it('says where it cannot write', async () => {
    mkdirSync(join(folder, 'taken'));
    for (const path of [join(folder, 'missing', 'x.yml'), join(folder, 'taken')]) {
      const { status, stderr } = await runCli(['init', path, '--force']);
      expect(status).toBe(2);
      expect(stderr).toMatch(/^dbtest: cannot write [^\n]+\n$/);
    }
    expect(readdirSync(folder)).toEqual(['taken']);
  });
});
