/** The shape of a command, which its own file fills in and `main.ts` dispatches to. */
import type { CliContext } from './context.ts';

/** A long option as the command line offers it. */
export interface OptionDefinition {
  /** Heading in the help. */
  group: string;
  describe: string;
  /** Flags take no value. */
  kind: 'value' | 'flag';
  /** As the help shows it. */
  defaultText?: string;
  /** A single letter. */
  alias?: string;
}

/** Keyed by the name without dashes in front: `num-threads`. */
export type OptionDefinitions = Readonly<Record<string, OptionDefinition>>;

/** What the command line held, unchecked: texts of value options, and true for flags. */
export type GivenValues = Readonly<Record<string, unknown>>;

export interface Command {
  name: string;
  /** Runs when no command is named. */
  isDefault: boolean;
  describe: string;
  positional: { name: string; describe: string } | null;
  options: OptionDefinitions;
  /** Command line and explanation. */
  examples: readonly (readonly [string, string])[];
  /** @returns the exit status */
  execute(given: GivenValues, context: CliContext): Promise<number>;
}
