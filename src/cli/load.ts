/** `dbtest load`: fills an empty database, or goes on with a load that was interrupted. */
import { EXIT } from '../errors.ts';
import type { Command } from './command.ts';
import { performDatabaseTask, prepareDatabaseCommand } from './database-command.ts';
import { CONNECTION_OPTIONS, TABLE_OPTIONS } from './database-options.ts';
import { DATABASE_WORKLOAD_OPTIONS, requiredWorkload } from './database-workload.ts';
import { DEFAULTS, pickRunOptions } from './option-definitions.ts';
import { preparationCommand } from './preparation.ts';
import type { LoadedWorkload } from './workloads.ts';

/** Into databases by `--driver`, into the files of the embedded engine by `--data-dir`. @param workload as for a run */
export function loadCommand(workload: LoadedWorkload | null): Command {
  const files = preparationCommand('load', workload);
  return {
    ...files,
    describe: 'Load a database, or the folder of a durable run, for later runs',
    options: { ...files.options, ...DATABASE_LOAD.options },
    examples: [...files.examples, ...DATABASE_LOAD.examples],
    execute: (given, context) => (given['driver'] === undefined ? files : DATABASE_LOAD).execute(given, context),
  };
}

const DATABASE_LOAD: Command = {
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
    const prepared = await prepareDatabaseCommand(given, await requiredWorkload(given, context), context);
    await performDatabaseTask(prepared, { kind: 'load', dropFirst: given['drop'] === true }, context);
    return EXIT.good;
  },
};
