import { readdirSync, readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { describe, expect, it } from 'vitest';
import { defaultShards } from './resolve.ts';
import { readShardFile } from './shard-yaml.ts';

const FOLDER = new URL('../../config/', import.meta.url);
const NAMES = readdirSync(FOLDER).filter((name) => name.endsWith('.yml'));

describe('the shipped shard YAML', () => {
  it.each(NAMES)('%s holds what its name says, at the default addresses', (name) => {
    const said = /^local-shards(\d+)-warehouses(\d+)(?:-(groups|sites))?\.yml$/.exec(name);
    const file = readShardFile(fileURLToPath(new URL(name, FOLDER)));
    expect(file.shards).toEqual(defaultShards(Number(said?.[1])));
    expect(file.warehousesPerShard).toBe(Number(said?.[2]));
    expect(file.form).toBe(said?.[3] ?? 'shards');
  });

  it('is there in every form, and listed in the README', () => {
    expect(NAMES).toEqual(
      expect.arrayContaining([
        'local-shards1-warehouses1.yml',
        'local-shards2-warehouses4.yml',
        'local-shards2-warehouses4-groups.yml',
        'local-shards2-warehouses4-sites.yml',
        'local-shards3-warehouses7.yml',
      ]),
    );
    const readme = readFileSync(new URL('README.md', FOLDER), 'utf8');
    for (const name of NAMES) expect(readme).toContain(`\`${name}\``);
  });
});
