/** The argument parser: yargs, set up from command definitions. */
import yargs, { type Argv, type Options } from 'yargs';
import { usageFault } from '../errors.ts';
import { UNIVERSAL_OPTIONS } from './arguments.ts';
import type { Command, GivenValues, OptionDefinition } from './command.ts';

/** Help or version text to print, or the values to run with. */
export type Parsed = { text: string } | { given: GivenValues };

const EXIT_STATUS_HELP =
  'Exit status: 0 good, 1 internal error, 2 usage or configuration, 3 a consistency condition failed or ' +
  'a history has an anomaly, 4 a threshold or a comparison failed, ' +
  '5 a port is taken, another process was lost or a database failed, 130 interrupted.';

/** @throws OperatingFault where an option lacks its value */
export async function parseArguments(
  argv: readonly string[],
  commands: readonly Command[],
  version: string,
  width: number,
): Promise<Parsed> {
  let parser = yargs()
    .scriptName('dbtest')
    .usage('$0 [command] [options]\n\nTPC-C on sharded databases: measured, audited, checked.')
    .locale('en')
    .parserConfiguration({
      'boolean-negation': false,
      'camel-case-expansion': false,
      'dot-notation': false,
      'parse-numbers': false,
      'parse-positional-numbers': false,
      'short-option-groups': false,
    })
    .updateStrings({
      'Not enough arguments following: %s': '--%s: its value is missing; give one behind it or as --option=value',
    })
    .exitProcess(false)
    .fail((message, error) => {
      throw error === undefined || error === null || error.name === 'YError' ? usageFault(message) : error;
    })
    .help('help', UNIVERSAL_OPTIONS.help?.describe ?? '')
    .alias('help', UNIVERSAL_OPTIONS.help?.alias ?? '')
    .version('version', UNIVERSAL_OPTIONS.version?.describe ?? '', version)
    .wrap(width);
  for (const command of commands) parser = addCommand(parser, command);
  let text = '';
  const given = await parser.parseAsync([...argv], {}, (error, _given, output) => {
    if (error !== undefined && error !== null) throw error;
    text = output;
  });
  return text === '' ? { given } : { text };
}

const addCommand = (parser: Argv, command: Command): Argv => {
  const { positional } = command;
  const dots = positional?.isMany ? '..' : '';
  const usage = positional === null ? command.name : `${command.name} [${positional.name}${dots}]`;
  return parser.command(command.isDefault ? [usage, '$0'] : usage, command.describe, (builder) => {
    if (positional !== null) builder.positional(positional.name, { type: 'string', describe: positional.describe });
    for (const [name, definition] of Object.entries(command.options)) builder.option(name, yargsOption(definition));
    for (const [commandLine, explanation] of command.examples) builder.example(commandLine, explanation);
    return builder.epilogue(EXIT_STATUS_HELP);
  });
};

/** Values stay texts: each is checked by the reader that knows its range. */
const yargsOption = ({ kind, isRepeatable, group, describe, defaultText, alias }: OptionDefinition): Options => ({
  group,
  describe,
  ...(kind === 'flag' ? { type: 'boolean' as const } : { nargs: 1 }),
  ...(isRepeatable === true ? { array: true } : {}),
  ...(defaultText === undefined ? {} : { defaultDescription: defaultText }),
  ...(alias === undefined ? {} : { alias }),
});
