/**
 * What the fuzzer drives: a part of the program that reads what comes from outside, behind a function of bytes. This file
 * and the targets know nothing of how inputs come about.
 */
import { OperatingFault } from '../../src/errors.ts';

/** A failure that is known and not repaired yet: met, it is counted and is no finding. */
export interface KnownFailure {
  /** Of the failure's `signature`. */
  pattern: RegExp;
  /** What is wrong, in one line. */
  reason: string;
}

export interface FuzzTarget {
  /** The name of its folder in `corpus/`, too. */
  readonly name: string;
  readonly describe: string;
  /** Longer inputs are cut. */
  readonly bytesMax: number;
  /** Of what an input is a list of; 1 without it. */
  readonly unitBytes?: number;
  /** Pieces that random bytes would rarely become. */
  readonly dictionary: readonly (string | Uint8Array)[];
  /** Paths of compiled modules whose blocks guide the search. */
  readonly guidedBy: RegExp;
  readonly knownFailures: readonly KnownFailure[];
  /** Inputs to begin with, besides the files of the corpus. */
  seeds(): (string | Uint8Array)[];
  open(): Promise<OpenTarget>;
}

export interface OpenTarget {
  /** Handles one input. What it throws is a failure: an expected refusal is none. */
  execute(input: Uint8Array): void | Promise<void>;
  close(): Promise<void>;
}

/** A property that does not hold. */
export class PropertyViolation extends Error {
  override readonly name = 'PropertyViolation';
}

export function check(condition: boolean, message: string): asserts condition {
  if (!condition) throw new PropertyViolation(message);
}

const MESSAGE_LENGTH_MAX = 4000;

/** What a user may be told: control characters would draw on the terminal, or make more than one line. */
export function checkMessage(message: string): void {
  check(message.trim() !== '', 'the message of a fault is empty');
  check(message.length <= MESSAGE_LENGTH_MAX, 'the message of a fault is as long as what was given');
  // biome-ignore lint/suspicious/noControlCharactersInRegex: they are what is looked for
  const control = /[\u0000-\u001f\u007f-\u009f\u2028\u2029]/.exec(message);
  check(control === null, `the message of a fault has a control character: ${JSON.stringify(message.slice(0, 200))}`);
}

/** The value of `read`, or null for an `OperatingFault` with a proper message. Everything else passes through. */
export function valueOrFault<Value>(read: () => Value): Value | null {
  try {
    return read();
  } catch (error) {
    return nullForFault(error);
  }
}

function nullForFault(error: unknown): null {
  if (!(error instanceof OperatingFault)) throw error;
  checkMessage(error.message);
  return null;
}
