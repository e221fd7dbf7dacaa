/** `dbtest init`: writes a shard YAML. */
import { existsSync } from 'node:fs';
import { AtomicFile } from '../atomic-file.ts';
import { hostProblem } from '../config/fields.ts';
import { renderShardYaml } from '../config/render-shard-yaml.ts';
import { DEFAULT_BASE_PORT, DEFAULT_HOST, defaultShards, HIGHEST_PORT } from '../config/resolve.ts';
import { MOST_SHARDS, MOST_WAREHOUSES_PER_SHARD, type ShardFileForm } from '../config/shard-file.ts';
import { shownText } from '../config/shown.ts';
import { EXIT, usageFault } from '../errors.ts';
import type { Command, GivenValues, OptionDefinitions } from './command.ts';
import type { CliContext } from './context.ts';
import { OptionReader } from './option-reader.ts';
import { writeText } from './streams.ts';

const FORMS: readonly ShardFileForm[] = ['shards', 'groups', 'sites'];
const GROUP = 'Content:';

const OPTIONS: OptionDefinitions = {
  shards: { group: GROUP, kind: 'value', describe: 'Number of shards', defaultText: '1' },
  warehouses: { group: GROUP, kind: 'value', describe: 'Warehouses in each shard', defaultText: '1' },
  host: { group: GROUP, kind: 'value', describe: 'Host of all shards', defaultText: DEFAULT_HOST },
  'base-port': {
    group: GROUP,
    kind: 'value',
    describe: 'Port of shard 0; each further shard listens 100 higher',
    defaultText: String(DEFAULT_BASE_PORT),
  },
  form: {
    group: GROUP,
    kind: 'value',
    describe: 'shards: nshards and a list; groups: a list for each role; sites: sites and a map',
    defaultText: 'shards',
  },
  force: { group: GROUP, kind: 'flag', describe: 'Replace the file if it exists' },
};

export const INIT_COMMAND: Command = {
  name: 'init',
  isDefault: false,
  describe: 'Write a shard YAML for --shard-config',
  positional: { name: 'file', describe: 'Where to write [default: local-shards{N}-warehouses{W}.yml]' },
  options: OPTIONS,
  examples: [['$0 init --shards 2 --warehouses 4', 'Writes local-shards2-warehouses4.yml']],
  execute: executeInit,
};

async function executeInit(given: GivenValues, context: CliContext): Promise<number> {
  const read = new OptionReader(given);
  const shardCount = read.wholeNumber('shards', { low: 1, high: MOST_SHARDS }) ?? 1;
  const warehousesPerShard = read.wholeNumber('warehouses', { low: 1, high: MOST_WAREHOUSES_PER_SHARD }) ?? 1;
  const host = read.text('host', 'a host name or an IP address') ?? DEFAULT_HOST;
  const problem = hostProblem(host);
  if (problem !== null) throw usageFault(`--host: ${shownText(host)} is not accepted; ${problem}`);
  const basePort = read.wholeNumber('base-port', { low: 1, high: HIGHEST_PORT }) ?? DEFAULT_BASE_PORT;
  const form = read.choice('form', FORMS) ?? 'shards';
  const path = pathOf(given.file, `local-shards${shardCount}-warehouses${warehousesPerShard}.yml`);
  const shards = defaultShards(shardCount, host, basePort);
  if (!read.flag('force')) refuseExisting(path);
  const file = AtomicFile.open(path);
  file.write(renderShardYaml({ form, shards, warehousesPerShard }));
  file.commit();
  await writeText(context.stderr, `Wrote ${path}; run it with: dbtest --shard-config ${path}\n`);
  return EXIT.good;
}

function pathOf(given: unknown, defaultPath: string): string {
  if (given === undefined) return defaultPath;
  // The argument parser makes an empty text of a lone dash.
  if (typeof given !== 'string' || given.trim() === '') throw usageFault('init: the file has no name; give a path');
  return given;
}

function refuseExisting(path: string): void {
  if (!existsSync(path)) return;
  throw usageFault(`init: ${shownText(path)} exists already; give another name, or --force to replace it`);
}
