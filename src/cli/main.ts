/**
 * The command line of dbtest, main file of the folder: finds the command, runs it, and turns what goes wrong into one line
 * and an exit status. It runs in the main thread and knows neither engine nor transports nor any workload by name except
 * the default one.
 */
import { shownText, withoutControls } from '../config/shown.ts';
import { suggestion } from '../config/suggest.ts';
import { dbtestVersion } from '../config/version.ts';
import { EXIT, OperatingFault, usageFault } from '../errors.ts';
import { asksFor, checkArguments, peekOption } from './arguments.ts';
import { CHECK_COMMAND } from './check.ts';
import type { Command, GivenValues } from './command.ts';
import { compareCommand } from './compare.ts';
import { QUOTED_OPTIONS } from './compare-options.ts';
import { type CliContext, processContext } from './context.ts';
import { DROP_COMMAND } from './drop.ts';
import { INIT_COMMAND } from './init.ts';
import { withValuesJoined } from './joined-values.ts';
import { loadCommand } from './load.ts';
import { DEFAULT_WORKLOAD } from './option-definitions.ts';
import { parseArguments } from './parser.ts';
import { preparationCommand } from './preparation.ts';
import { REPORT_COMMAND } from './report.ts';
import { runCommand } from './run.ts';
import { SIMULATE_COMMAND } from './simulate.ts';
import { guardStream, widthOf, writeText } from './streams.ts';
import { sweepCommand } from './sweep.ts';
import { VERIFY_COMMAND } from './verify.ts';
import { type LoadedWorkload, loadWorkload } from './workloads.ts';

const HELP_WIDTH_MAX = 110;
const COMPARE_COMMAND = compareCommand();
const WITH_WORKLOAD: readonly string[] = ['run', 'sweep', 'load', 'recover'];

/**
 * Runs dbtest.
 * @param argv what follows the program's name
 * @returns the exit status, when everything is written; never throws
 */
export async function main(argv: string[], context: CliContext = processContext()): Promise<number> {
  guardStream(context.stdout);
  guardStream(context.stderr);
  try {
    return await dispatch(argv, context);
  } catch (error) {
    return await reportFailure(error, context);
  }
}

async function dispatch(given: string[], context: CliContext): Promise<number> {
  const argv = given[0] === COMPARE_COMMAND.name ? withValuesJoined(given, QUOTED_OPTIONS) : given;
  const asksForText = asksFor(argv, 'help') || asksFor(argv, 'version');
  const names = commandsWith(null).map(({ name }) => name);
  const first = argv[0];
  const named = first !== undefined && !first.startsWith('-');
  if (named && !names.includes(first)) throw unknownCommand(first, names);
  const name = named ? first : 'run';
  const commands = commandsWith(await workloadFor(name, argv, context));
  const command = commands.find((candidate) => candidate.name === name) as Command;
  if (!asksForText) checkArguments(argv, command.options, command.explainForeignOption);
  const width = Math.min(HELP_WIDTH_MAX, widthOf(context.stdout));
  const parsed = await parseArguments(argv, commands, dbtestVersion(), width);
  if ('text' in parsed) {
    await writeText(context.stdout, `${parsed.text}\n`);
    return EXIT.good;
  }
  refuseExtraArguments(parsed.given, command, named, names);
  return command.execute(parsed.given, context);
}

/** @param workload of the commands that run one */
const commandsWith = (workload: LoadedWorkload | null): Command[] => [
  runCommand(workload),
  loadCommand(workload),
  preparationCommand('recover', workload),
  CHECK_COMMAND,
  DROP_COMMAND,
  INIT_COMMAND,
  COMPARE_COMMAND,
  sweepCommand(workload),
  REPORT_COMMAND,
  VERIFY_COMMAND,
  SIMULATE_COMMAND,
];

/** The workload's own options belong to those of a run, so it is loaded before the arguments are judged. */
async function workloadFor(name: string, argv: string[], context: CliContext): Promise<LoadedWorkload | null> {
  if (!WITH_WORKLOAD.includes(name) || asksFor(argv, 'version')) return null;
  return loadWorkload(peekOption(argv, 'workload') ?? DEFAULT_WORKLOAD, context.workloadsFolder);
}

function unknownCommand(given: string, names: readonly string[]): OperatingFault {
  return usageFault(`${shownText(given)}: unknown command${suggestion(given, names, commandList(names))}`);
}

function refuseExtraArguments(given: GivenValues, command: Command, named: boolean, names: readonly string[]): void {
  const extra = (given._ as (string | number)[]).slice(named ? 1 : 0)[0];
  if (extra === undefined) return;
  const text = String(extra);
  if (names.includes(text) && !named) throw usageFault(`${text}: a command comes first: dbtest ${text} ...`);
  const rule = command.positional === null ? 'takes options only' : `takes one ${command.positional.name}`;
  throw usageFault(`${shownText(text)}: unexpected argument; dbtest ${command.name} ${rule}`);
}

const commandList = (names: readonly string[]): string =>
  `; the commands are ${names.slice(0, -1).join(', ')} and ${names.at(-1)}`;

/** Users get one line for what they can act on, and everything there is for what they can only report. */
async function reportFailure(error: unknown, { stderr }: CliContext): Promise<number> {
  const fault = error instanceof OperatingFault ? error : null;
  const text = fault === null ? bugReport(error) : `dbtest: ${onOneLine(fault.message)}\n`;
  // Whatever stderr itself suffers from cannot be told to anybody.
  await writeText(stderr, text).catch(() => undefined);
  return fault?.exitStatus ?? EXIT.internal;
}

/** Names that users give may hold anything, also what a terminal would obey. */
const onOneLine = (message: string): string => withoutControls(message.replace(/\s*[\r\n]+\s*/g, ' '));

function bugReport(error: unknown): string {
  const details = error instanceof Error ? (error.stack ?? error.message) : String(error);
  return (
    `dbtest: internal error: a bug in dbtest ${dbtestVersion()} (Node ${process.version}, ${process.platform}); ` +
    `please report it with these lines:\n${details}\n`
  );
}
