/** The shape of a command, which its own file fills in and `main.ts` dispatches to. */
import type { CliContext } from './context.ts';

/** A long option as the command line offers it. */
export interface OptionDefinition {
  /** Heading in the help. */
  group: string;
  describe: string;
  /** Flags take no value. */
  kind: 'value' | 'flag';
  /** Whether it may be given more than once; its value is then a list of texts. */
  isRepeatable?: true;
  /** As the help shows it. */
  defaultText?: string;
  /** A single letter. */
  alias?: string;
}

/** Keyed by the name without dashes in front: `num-threads`. */
export type OptionDefinitions = Readonly<Record<string, OptionDefinition>>;

/** What the command line held, unchecked: texts of value options, lists of them for repeatable ones, true for flags. */
export type GivenValues = Readonly<Record<string, unknown>>;

export interface Command {
  name: string;
  /** Runs when no command is named. */
  isDefault: boolean;
  describe: string;
  /** `isMany`: any number of them, as a list. */
  positional: { name: string; describe: string; isMany?: boolean } | null;
  options: OptionDefinitions;
  /** What to say of an option that belongs elsewhere, as half a sentence; null for one that belongs nowhere. */
  explainForeignOption?(name: string): string | null;
  /** Command line and explanation. */
  examples: readonly (readonly [string, string])[];
  /** @returns the exit status */
  execute(given: GivenValues, context: CliContext): Promise<number>;
}
