/** `dbtest check`: the consistency conditions on what a database holds, without a run. */
import { EXIT } from '../errors.ts';
import type { Command } from './command.ts';
import { performDatabaseTask, prepareDatabaseCommand } from './database-command.ts';
import { CONNECTION_OPTIONS } from './database-options.ts';
import { DATABASE_WORKLOAD_OPTIONS, requiredWorkload } from './database-workload.ts';
import { pickRunOptions } from './option-definitions.ts';
import { wantsColour, widthOf, writeText } from './streams.ts';

export const CHECK_COMMAND: Command = {
  name: 'check',
  isDefault: false,
  describe: 'Check the consistency conditions of a database',
  positional: null,
  options: { ...CONNECTION_OPTIONS, ...pickRunOptions(['shard-config', 'quiet']), ...DATABASE_WORKLOAD_OPTIONS },
  examples: [['$0 check --driver postgres --url postgres://me@localhost/tpcc', 'The twelve conditions of TPC-C']],
  async execute(given, context) {
    const prepared = await prepareDatabaseCommand(given, await requiredWorkload(given, context), context);
    const { consistency } = await performDatabaseTask(prepared, { kind: 'check' }, context);
    if (consistency === null) return EXIT.internal;
    const { renderConsistency } = await context.loadReport();
    const { stdout } = context;
    const style = { colour: wantsColour(stdout, context.env), width: widthOf(stdout) };
    const lines = ['Consistency', ...renderConsistency(style, consistency, true)];
    await writeText(stdout, `${lines.join('\n')}\n`);
    return consistency.passed === false ? EXIT.consistency : EXIT.good;
  },
};
