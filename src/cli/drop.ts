/** `dbtest drop`: removes what a load has made. */
import { EXIT } from '../errors.ts';
import type { Command } from './command.ts';
import { performDatabaseTask, prepareDatabaseCommand } from './database-command.ts';
import { CONNECTION_OPTIONS } from './database-options.ts';
import { DATABASE_WORKLOAD_OPTIONS, requiredWorkload } from './database-workload.ts';
import { pickRunOptions } from './option-definitions.ts';

export const DROP_COMMAND: Command = {
  name: 'drop',
  isDefault: false,
  describe: 'Drop the tables of a workload from a database',
  positional: null,
  options: { ...CONNECTION_OPTIONS, ...pickRunOptions(['shard-config', 'quiet']), ...DATABASE_WORKLOAD_OPTIONS },
  examples: [
    ['$0 drop --driver postgres --url postgres://me@localhost/tpcc', 'All tables of TPC-C, and what dbtest noted'],
  ],
  async execute(given, context) {
    const prepared = await prepareDatabaseCommand(given, await requiredWorkload(given, context), context);
    await performDatabaseTask(prepared, { kind: 'drop' }, context);
    return EXIT.good;
  },
};
