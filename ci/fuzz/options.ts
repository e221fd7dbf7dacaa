/** The command line of the fuzzer. */
import { parseArgs } from 'node:util';

export interface FuzzOptions {
  /** Null for all. */
  target: string | null;
  /** For all targets together. */
  seconds: number;
  seed: number;
  /** Ends a target earlier, after so many inputs. */
  inputs: number;
  list: boolean;
  /** A file to repeat instead of a search. */
  input: string | null;
}

export const USAGE =
  'usage: npm run fuzz -- [--target NAME] [--seconds 60] [--seed N] [--inputs N] [--list], or --target NAME --input FILE';

const SECONDS_MAX = 7 * 24 * 3600;

/** @returns the options, or in one line what is wrong */
export function readOptions(argv: readonly string[], targets: readonly string[]): FuzzOptions | string {
  let values: Record<string, string | boolean | undefined>;
  try {
    ({ values } = parseArgs({
      args: [...argv],
      options: {
        target: { type: 'string' },
        seconds: { type: 'string', default: '60' },
        seed: { type: 'string', default: '1' },
        inputs: { type: 'string' },
        list: { type: 'boolean', default: false },
        input: { type: 'string' },
      },
    }));
  } catch (error) {
    return (error as Error).message.split('\n', 1)[0];
  }
  const target = (values['target'] as string | undefined) ?? null;
  if (target !== null && !targets.includes(target)) {
    return `--target: there is no "${target}"; give one of ${targets.join(', ')}`;
  }
  const seconds = Number(values['seconds']);
  if (!(seconds > 0 && seconds <= SECONDS_MAX)) return `--seconds: "${values['seconds']}"; give a number above 0`;
  const seed = wholeNumber(values['seed'] as string, 0, 2 ** 32 - 1);
  if (seed === null) return `--seed: "${values['seed']}"; give a whole number from 0 to ${2 ** 32 - 1}`;
  const inputs = wholeNumber((values['inputs'] as string | undefined) ?? `${2 ** 32}`, 1, 2 ** 32);
  if (inputs === null) return `--inputs: "${values['inputs']}"; give a whole number from 1`;
  const input = (values['input'] as string | undefined) ?? null;
  if (input !== null && target === null) return '--input: say with --target what reads it';
  return { target, seconds, seed, inputs, list: values['list'] as boolean, input };
}

function wholeNumber(text: string, low: number, high: number): number | null {
  const value = /^\d{1,15}$/.test(text) ? Number(text) : Number.NaN;
  return value >= low && value <= high ? value : null;
}
