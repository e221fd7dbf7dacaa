/** `dbtest load`: fills an empty database, or goes on with a load that was interrupted. */
import { EXIT, usageFault } from '../errors.ts';
import type { Command } from './command.ts';
import { performDatabaseTask, prepareDatabaseCommand } from './database-command.ts';
import { CONNECTION_OPTIONS, TABLE_OPTIONS } from './database-options.ts';
import { DATABASE_WORKLOAD_OPTIONS, requiredWorkload } from './database-workload.ts';
import { DEFAULTS, pickRunOptions } from './option-definitions.ts';

export const LOAD_COMMAND: Command = {
  name: 'load',
  isDefault: false,
  describe: 'Load a database for later runs',
  positional: null,
  options: {
    ...CONNECTION_OPTIONS,
    ...TABLE_OPTIONS,
    drop: { group: 'Databases:', kind: 'flag', describe: 'Drop what is there first' },
    ...pickRunOptions(['shard-config', 'seed', 'quiet']),
    ...DATABASE_WORKLOAD_OPTIONS,
    warehouses: {
      group: 'Workload:',
      kind: 'value',
      describe: 'Warehouses in each database',
      defaultText: `the shard YAML's, else ${DEFAULTS.numThreads}`,
    },
  },
  examples: [
    ['$0 load --driver postgres --url postgres://me@localhost/tpcc --warehouses 10', 'Ten warehouses'],
    ['$0 load --driver postgres --url postgres://me@localhost/tpcc --drop', 'Once more, from nothing'],
  ],
  async execute(given, context) {
    if (given['driver'] === undefined) {
      throw usageFault('load: say what to load, by --driver; a run on the embedded engine loads by itself');
    }
    const prepared = await prepareDatabaseCommand(given, await requiredWorkload(given, context), context);
    await performDatabaseTask(prepared, { kind: 'load', dropFirst: given['drop'] === true }, context);
    return EXIT.good;
  },
};
