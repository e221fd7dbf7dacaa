import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, describe, expect, it } from 'vitest';
import { parseShardYaml, readShardFile } from './shard-yaml.ts';
import { usageFaultOf } from './testing/fault.ts';

const LIST = `
nshards: 2
host: 127.0.0.1
shards:
  - shard_id: 0
    port: 31000
  - shard_id: 1
    port: 31100
`;

const GROUPS = `
shards: 2
warehouses: 4
localhost:
  - {name: shard0, index: 0, ip: 127.0.0.1, port: 31000}
  - {name: shard1, index: 1, ip: 127.0.0.1, port: 31100}
p1:
  - {name: shard0, index: 0, ip: 127.0.0.1, port: 32000}
  - {name: shard1, index: 1, ip: 127.0.0.1, port: 32100}
`;

const SITES = `
sites:
  - {name: a, ip: 10.0.0.1, port: 31000}
  - {name: b, ip: 10.0.0.2, port: 31000}
  - {name: c, ip: 10.0.0.3, port: 31000}
shard_map:
  - [b, a]
  - [c]
`;

const parse = (text: string) => parseShardYaml(text, 'conf.yml');

describe('a valid shard YAML', () => {
  it('is read in the form with a list', () => {
    expect(parse(LIST)).toEqual({
      path: 'conf.yml',
      form: 'shards',
      shards: [
        { shardId: 0, host: '127.0.0.1', port: 31000 },
        { shardId: 1, host: '127.0.0.1', port: 31100 },
      ],
      replicas: [],
      warehousesPerShard: null,
      localShardIds: null,
    });
  });

  it('may list shards in any order, with a host of their own and warehouses', () => {
    const file = parse(`
      nshards: 2
      warehouses: 3
      shards: [{shard_id: 1, port: 31000, host: db1.example.org}, {shard_id: 0, port: 31000}]`);
    expect(file.shards).toEqual([
      { shardId: 0, host: '127.0.0.1', port: 31000 },
      { shardId: 1, host: 'db1.example.org', port: 31000 },
    ]);
    expect(file.warehousesPerShard).toBe(3);
  });

  it('is read in the form with groups, whose first group are the leaders', () => {
    const file = parse(GROUPS);
    expect(file.form).toBe('groups');
    expect(file.shards).toEqual([
      { shardId: 0, host: '127.0.0.1', port: 31000 },
      { shardId: 1, host: '127.0.0.1', port: 31100 },
    ]);
    expect(file.replicas).toEqual([
      { shardId: 0, replicaIndex: 1, name: 'shard0', host: '127.0.0.1', port: 32000 },
      { shardId: 1, replicaIndex: 1, name: 'shard1', host: '127.0.0.1', port: 32100 },
    ]);
    expect(file.warehousesPerShard).toBe(4);
  });

  it('orders groups by index, and may carry the keys of their replication', () => {
    const file = parse(`
      shards: 2
      replicas: 3
      localhost:
        - {name: y, index: 1, ip: 127.0.0.1, port: 31100}
        - {name: x, index: 0, ip: 127.0.0.1, port: 31000}
      memlocalhost: 6001
      memlearner: 6001
      memp1: 6002
      memp2: 6003`);
    expect(file.shards.map(({ port }) => port)).toEqual([31000, 31100]);
    expect(file.warehousesPerShard).toBeNull();
  });

  it('is read in the form with sites, whose first site of each list is the leader', () => {
    const file = parse(SITES);
    expect(file.form).toBe('sites');
    expect(file.shards).toEqual([
      { shardId: 0, host: '10.0.0.2', port: 31000 },
      { shardId: 1, host: '10.0.0.3', port: 31000 },
    ]);
    expect(file.replicas).toEqual([{ shardId: 0, replicaIndex: 1, name: 'a', host: '10.0.0.1', port: 31000 }]);
  });

  it.each([
    ['a list of local shards', 'multi_shard_mode: true\nlocal_shard_indices: [1, 0]', [0, 1]],
    ['one local shard', 'multi_shard_mode: true\nlocal_shard_indices: [1]', [1]],
    ['the mode alone: all shards', 'multi_shard_mode: true', [0, 1]],
    ['the mode switched off', 'multi_shard_mode: false\nlocal_shard_indices: [1]', null],
  ])('says which shards are local: %s', (_, text, expected) => {
    for (const form of [LIST, GROUPS, SITES]) expect(parse(form + text).localShardIds).toEqual(expected);
  });
});

/** Name, text, and what the one line must contain besides the file's name: the key path, and what to do. */
type Mistake = readonly [name: string, text: string, ...expected: string[]];

const replaced = (text: string, from: string, to: string): string => {
  if (!text.includes(from)) throw new Error(`${from} is not in the text`);
  return text.replace(from, to);
};

const MISTAKES: readonly Mistake[] = [
  ['empty', '', 'conf.yml: is empty', 'dbtest init'],
  ['only comments', '# nothing\n\n', 'conf.yml: is empty'],
  ['a list', '- 1', 'conf.yml: the document is a list', 'give a mapping'],
  ['a text', 'shards', 'conf.yml: the document is the text "shards"'],
  ['no shards at all', 'warehouses: 4', 'conf.yml: shards: is missing', 'dbtest init'],
  ['a key of no form', 'nshard: 2', 'conf.yml: nshard: unknown key; did you mean nshards?'],
  ['broken syntax', 'nshards: [1', 'conf.yml: line 1, column 12: not valid YAML', 'flow collection'],
  ['a key twice', `${LIST}nshards: 3`, 'conf.yml: line 9, column 1: not valid YAML: duplicated mapping key'],
  ['two documents', `${LIST}---\na: 1`, 'conf.yml: not valid YAML', 'single document'],

  ['an unknown key', `${LIST}warehouse: 4`, 'conf.yml: warehouse: unknown key; did you mean warehouses?'],
  [
    'an unlike unknown key',
    `${LIST}colour: 4`,
    'conf.yml: colour: unknown key; the keys here are nshards, host, shards',
  ],
  ['a key of Object', `${LIST}__proto__: {}`, 'conf.yml: __proto__: unknown key'],
  [
    'an unknown key of a shard',
    replaced(LIST, 'port: 31100', 'prot: 31100'),
    'conf.yml: shards[1].prot: unknown key; did you mean port?',
  ],
  ['no nshards', replaced(LIST, 'nshards: 2', ''), 'conf.yml: nshards: is missing; add it'],
  ['no shards', 'nshards: 2', 'conf.yml: shards: is missing'],
  [
    'a count that is too high',
    replaced(LIST, 'nshards: 2', 'nshards: 3'),
    'conf.yml: nshards: is 3, but shards lists 2',
    'make them agree',
  ],
  [
    'a count that is too low',
    replaced(LIST, 'nshards: 2', 'nshards: 1'),
    'conf.yml: nshards: is 1, but shards lists 2',
  ],
  ['a count of 0', replaced(LIST, 'nshards: 2', 'nshards: 0'), 'conf.yml: nshards: is 0; give a whole number from 1'],
  [
    'a count that is text',
    replaced(LIST, 'nshards: 2', 'nshards: two'),
    'conf.yml: nshards: is the text "two"',
    'whole number',
  ],
  [
    'a count in quotes',
    replaced(LIST, 'nshards: 2', 'nshards: "2"'),
    'conf.yml: nshards: is the text "2"',
    'without quotes',
  ],
  ['a fraction', replaced(LIST, 'nshards: 2', 'nshards: 1.5'), 'conf.yml: nshards: is 1.5; give a whole number'],
  ['not a number', replaced(LIST, 'nshards: 2', 'nshards: .nan'), 'conf.yml: nshards: is NaN; give a whole number'],
  ['nothing', replaced(LIST, 'nshards: 2', 'nshards:'), 'conf.yml: nshards: is empty; give a whole number'],
  ['shards as text', 'nshards: 1\nshards: one', 'conf.yml: shards: is the text "one"; give a list'],
  ['shards as a mapping', 'nshards: 1\nshards: {shard_id: 0, port: 1}', 'conf.yml: shards: is a mapping; give a list'],
  ['an empty list', 'nshards: 1\nshards: []', 'conf.yml: shards: is an empty list'],
  [
    'a shard that is a number',
    'nshards: 1\nshards: [31000]',
    'conf.yml: shards[0]: is the number 31000; give a mapping',
  ],
  ['no port', 'nshards: 1\nshards: [{shard_id: 0}]', 'conf.yml: shards[0].port: is missing'],
  ['no id', 'nshards: 1\nshards: [{port: 1}]', 'conf.yml: shards[0].shard_id: is missing'],
  ['port 0', replaced(LIST, '31100', '0'), 'conf.yml: shards[1].port: is 0; give a whole number from 1 to 65535'],
  ['a port too high', replaced(LIST, '31100', '65536'), 'conf.yml: shards[1].port: is 65536', '65535'],
  ['a port that is text', replaced(LIST, '31100', 'http'), 'conf.yml: shards[1].port: is the text "http"'],
  [
    'the same port twice',
    replaced(LIST, '31100', '31000'),
    'conf.yml: shards[1].port: 31000 on 127.0.0.1 is the port of shards[0] already',
  ],
  [
    'the same port by another name',
    'nshards: 2\nshards: [{shard_id: 0, port: 1}, {shard_id: 1, port: 1, host: LocalHost}]',
    'conf.yml: shards[1].port: 1 on LocalHost',
  ],
  [
    'an id twice',
    replaced(LIST, 'shard_id: 1', 'shard_id: 0'),
    'conf.yml: shards[1].shard_id: 0 belongs to shards[0] already',
  ],
  [
    'a gap',
    replaced(LIST, 'shard_id: 1', 'shard_id: 2'),
    'conf.yml: shards[1].shard_id: 2 leaves a gap: 1 is missing; number from 0 to 1',
  ],
  [
    'ids from 1',
    replaced(replaced(LIST, 'shard_id: 1', 'shard_id: 2'), 'shard_id: 0', 'shard_id: 1'),
    'conf.yml: shards[1].shard_id: 2 leaves a gap: 0 is missing',
  ],
  [
    'the only id not 0',
    'nshards: 1\nshards: [{shard_id: 1, port: 1}]',
    'conf.yml: shards[0].shard_id: 1 leaves a gap: the only one must be 0',
  ],
  ['a negative id', replaced(LIST, 'shard_id: 1', 'shard_id: -1'), 'conf.yml: shards[1].shard_id: is -1'],
  [
    'a host that is a number',
    replaced(LIST, 'host: 127.0.0.1', 'host: 127'),
    'conf.yml: host: is the number 127; give a text',
  ],
  [
    'a host with a port',
    replaced(LIST, 'host: 127.0.0.1', 'host: 127.0.0.1:31000'),
    'conf.yml: host: is the text "127.0.0.1:31000"; give the host alone',
  ],
  [
    'an impossible address',
    replaced(LIST, 'host: 127.0.0.1', 'host: 127.0.0.256'),
    'conf.yml: host: is the text "127.0.0.256"',
    '0 to 255',
  ],
  [
    'a URL as host',
    replaced(LIST, 'host: 127.0.0.1', 'host: http://localhost'),
    'conf.yml: host: is the text "http://localhost"',
  ],
  ['an empty host', replaced(LIST, 'host: 127.0.0.1', 'host: ""'), 'conf.yml: host: is an empty text'],
  [
    'a host of several lines',
    replaced(LIST, 'host: 127.0.0.1', 'host: "a\\nb"'),
    'conf.yml: host: is the text "a\\nb"',
  ],
  ['0 warehouses', `${LIST}warehouses: 0`, 'conf.yml: warehouses: is 0; give a whole number from 1'],
  ['warehouses as a list', `${LIST}warehouses: [4, 4]`, 'conf.yml: warehouses: is a list; give a whole number'],

  [
    'a mode that is text',
    `${LIST}multi_shard_mode: yes`,
    'conf.yml: multi_shard_mode: is the text "yes"; give true or false',
  ],
  [
    'a local shard outside',
    `${LIST}multi_shard_mode: true\nlocal_shard_indices: [0, 2]`,
    'conf.yml: local_shard_indices[1]: is 2; give a whole number from 0 to 1',
  ],
  [
    'a local shard twice',
    `${LIST}multi_shard_mode: true\nlocal_shard_indices: [1, 1]`,
    'conf.yml: local_shard_indices[1]: 1 stands in local_shard_indices[0] already',
  ],
  [
    'local shards that are text',
    `${LIST}multi_shard_mode: true\nlocal_shard_indices: 0,1`,
    'conf.yml: local_shard_indices: is the text "0,1"; give a list',
  ],
  [
    'no local shards',
    `${LIST}multi_shard_mode: true\nlocal_shard_indices: []`,
    'conf.yml: local_shard_indices: is an empty list',
  ],
  [
    'local shards without the mode',
    `${LIST}local_shard_indices: [0]`,
    'conf.yml: local_shard_indices: has no effect',
    'add multi_shard_mode: true',
  ],

  ['groups: no leaders', 'shards: 1', 'conf.yml: localhost: is missing'],
  [
    'groups: a misspelt group',
    replaced(GROUPS, 'localhost:', 'localhots:'),
    'conf.yml: localhots: unknown key; did you mean localhost?',
  ],
  ['groups: a key of another form', `${GROUPS}nshards: 2`, 'conf.yml: nshards: unknown key'],
  [
    'groups: a count in quotes',
    replaced(GROUPS, 'shards: 2', 'shards: "2"'),
    'conf.yml: shards: is the text "2"',
    'without quotes',
  ],
  ['groups: too few', replaced(GROUPS, 'shards: 2', 'shards: 3'), 'conf.yml: localhost: lists 2, but shards is 3'],
  [
    'groups: a replica too few',
    replaced(GROUPS, '  - {name: shard1, index: 1, ip: 127.0.0.1, port: 32100}\n', ''),
    'conf.yml: p1: lists 1, but shards is 2',
  ],
  [
    'groups: a gap in the replicas',
    replaced(GROUPS, 'index: 1, ip: 127.0.0.1, port: 32100', 'index: 3, ip: 127.0.0.1, port: 32100'),
    'conf.yml: p1[1].index: 3 leaves a gap: 1 is missing',
  ],
  [
    'groups: an index twice',
    replaced(GROUPS, 'index: 1, ip: 127.0.0.1, port: 31100', 'index: 0, ip: 127.0.0.1, port: 31100'),
    'conf.yml: localhost[1].index: 0 belongs to localhost[0] already',
  ],
  [
    'groups: a name twice',
    replaced(GROUPS, 'shard1, index: 1, ip: 127.0.0.1, port: 31100', 'shard0, index: 1, ip: 127.0.0.1, port: 31100'),
    'conf.yml: localhost[1].name: "shard0" is the name of localhost[0] already',
  ],
  [
    'groups: a port of another group',
    replaced(GROUPS, '32100', '31100'),
    'conf.yml: p1[1].port: 31100 on 127.0.0.1 is the port of localhost[1] already',
  ],
  [
    'groups: an unknown key',
    replaced(GROUPS, 'ip: 127.0.0.1, port: 32100', 'host: 127.0.0.1, port: 32100'),
    'conf.yml: p1[1].host: unknown key',
  ],
  ['groups: no ip', replaced(GROUPS, ' ip: 127.0.0.1, port: 32100', ' port: 32100'), 'conf.yml: p1[1].ip: is missing'],
  ['groups: an empty group', `${GROUPS}p2:`, 'conf.yml: p2: is empty; give a list'],
  ['groups: a replication port outside', `${GROUPS}memp1: 99999`, 'conf.yml: memp1: is 99999'],
  ['groups: replicas as text', `${GROUPS}replicas: x`, 'conf.yml: replicas: is the text "x"'],

  [
    'sites: no map',
    replaced(SITES, 'shard_map:', 'shard_mop:'),
    'conf.yml: shard_mop: unknown key; did you mean shard_map?',
  ],
  ['sites: no sites', 'shard_map: [[a]]', 'conf.yml: sites: is missing'],
  [
    'sites: an unknown site',
    replaced(SITES, '[b, a]', '[b, a1]'),
    'conf.yml: shard_map[0][1]: "a1" is not in sites; did you mean a?',
  ],
  [
    'sites: a site twice',
    replaced(SITES, '[c]', '[a]'),
    'conf.yml: shard_map[1][0]: "a" stands in shard_map[0][1] already',
  ],
  [
    'sites: a site unused',
    replaced(SITES, '[b, a]', '[b]'),
    'conf.yml: sites[0].name: "a" stands in no list of shard_map',
  ],
  ['sites: an empty shard', replaced(SITES, '[c]', '[]'), 'conf.yml: shard_map[1]: is an empty list'],
  [
    'sites: a flat map',
    'sites: [{name: a, ip: 10.0.0.1, port: 1}]\nshard_map: [a]',
    'conf.yml: shard_map[0]: is the text "a"; give a list of site names',
  ],
  [
    'sites: a name that is a number',
    replaced(SITES, '[c]', '[3]'),
    'conf.yml: shard_map[1][0]: is the number 3; give a text',
  ],
  [
    'sites: a name twice',
    replaced(SITES, 'name: b', 'name: a'),
    'conf.yml: sites[1].name: "a" is the name of sites[0] already',
  ],
  [
    'sites: an address twice',
    replaced(SITES, '10.0.0.2', '10.0.0.1'),
    'conf.yml: sites[1].port: 31000 on 10.0.0.1 is the port of sites[0] already',
  ],
  [
    'sites: an id that is text',
    replaced(SITES, '{name: a,', '{name: a, id: x,'),
    'conf.yml: sites[0].id: is the text "x"',
  ],
  ['sites: an unknown key', replaced(SITES, '{name: a,', '{name: a, role: x,'), 'conf.yml: sites[0].role: unknown key'],
];

describe('a mistake in a shard YAML is one line with file, key path and advice', () => {
  it.each(MISTAKES)('%s', (_, text, ...expected) => {
    const fault = usageFaultOf(() => parse(text));
    expect(fault.code).toBe('CONFIG');
    for (const part of expected) expect(fault.message).toContain(part);
    expect(fault.message.startsWith('conf.yml: ')).toBe(true);
  });
});

describe('a file that cannot be read', () => {
  const folder = mkdtempSync(join(tmpdir(), 'dbtest-shard-yaml-'));
  afterAll(() => rmSync(folder, { recursive: true }));

  it('is read from disk when it can', () => {
    const path = join(folder, 'good.yml');
    writeFileSync(path, `\ufeff${LIST.replaceAll('\n', '\r\n')}`);
    expect(readShardFile(path).shards).toHaveLength(2);
  });

  it.each([
    ['is missing', 'missing.yml', 'no such file', () => undefined],
    ['is a folder', 'folder.yml', 'it is a folder', (path: string) => mkdirSync(path)],
    [
      'is not text',
      'binary.yml',
      'is not UTF-8 text',
      (path: string) => writeFileSync(path, Buffer.from([0xff, 0xfe, 0])),
    ],
    ['is empty', 'empty.yml', 'is empty', (path: string) => writeFileSync(path, '')],
  ])('%s', (_, name, expected, make) => {
    const path = join(folder, name);
    make(path);
    const fault = usageFaultOf(() => readShardFile(path));
    expect(fault.code).toBe('CONFIG');
    expect(fault.message.startsWith(`${path}: `)).toBe(true);
    expect(fault.message).toContain(expected);
  });
});
