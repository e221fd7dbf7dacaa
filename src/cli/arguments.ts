/**
 * Strictness that the argument parser lacks: unknown options with a suggestion, options given twice, flags with a value.
 * It looks at the raw arguments and can tell options from values without parsing, because a value that begins with a dash
 * and no digit is only accepted as `--option=value`.
 */

import { shownText } from '../config/shown.ts';
import { suggestion } from '../config/suggest.ts';
import { usageFault } from '../errors.ts';
import type { OptionDefinition, OptionDefinitions } from './command.ts';

/** Every command understands these. */
export const UNIVERSAL_OPTIONS: OptionDefinitions = {
  help: { group: 'Options:', describe: 'Show this help', kind: 'flag', alias: 'h' },
  version: { group: 'Options:', describe: 'Show the version', kind: 'flag' },
};

/** The arguments before `--`, which ends the options. */
export const beforeTerminator = (argv: readonly string[]): readonly string[] => {
  const end = argv.indexOf('--');
  return end < 0 ? argv : argv.slice(0, end);
};

/** Whether a universal option is among the arguments. */
export const asksFor = (argv: readonly string[], option: 'help' | 'version'): boolean =>
  beforeTerminator(argv).some((token) => token === `--${option}` || (option === 'help' && token === '-h'));

/** The value given for one option, before anything is validated; undefined when it is not given. */
export function peekOption(argv: readonly string[], name: string): string | undefined {
  const tokens = beforeTerminator(argv);
  for (const [index, token] of tokens.entries()) {
    if (token.startsWith(`--${name}=`)) return token.slice(name.length + 3);
    if (token === `--${name}`) return tokens[index + 1];
  }
  return undefined;
}

/**
 * @param explainForeign ends the message about an option that belongs elsewhere; null for one that belongs nowhere
 * @throws OperatingFault at the first argument that `definitions` do not allow
 */
export function checkArguments(
  argv: readonly string[],
  definitions: OptionDefinitions,
  explainForeign: (name: string) => string | null = () => null,
): void {
  const known: OptionDefinitions = { ...definitions, ...UNIVERSAL_OPTIONS };
  const given = new Set<string>();
  let valueExpected = false;
  for (const token of beforeTerminator(argv)) {
    const isOption = /^-[^0-9]/.test(token) || (/^-[0-9]/.test(token) && !valueExpected);
    valueExpected = false;
    if (!isOption) continue;
    const [spelling, value] = splitAtEquals(token);
    const name = nameOf(spelling, known);
    if (name === null) {
      const explanation = explainForeign(spelling.replace(/^-+/, ''));
      throw explanation === null
        ? unknownOption(spelling, Object.keys(known))
        : usageFault(`${spelling}: ${explanation}`);
    }
    const { kind, isRepeatable } = known[name] as OptionDefinition;
    if (kind === 'flag' && value !== null) {
      throw usageFault(`${spelling}: takes no value, but ${shownText(value)} was given; leave out =${value}`);
    }
    if (kind === 'value' && given.has(name) && isRepeatable !== true) {
      throw usageFault(`--${name}: given twice; give it once`);
    }
    given.add(name);
    valueExpected = kind === 'value' && value === null;
  }
}

function splitAtEquals(token: string): [spelling: string, value: string | null] {
  const at = token.indexOf('=');
  return at < 0 ? [token, null] : [token.slice(0, at), token.slice(at + 1)];
}

function nameOf(spelling: string, known: OptionDefinitions): string | null {
  if (spelling.startsWith('--')) {
    const name = spelling.slice(2);
    return Object.hasOwn(known, name) ? name : null;
  }
  return Object.keys(known).find((name) => (known[name] as OptionDefinition).alias === spelling.slice(1)) ?? null;
}

const unknownOption = (spelling: string, names: readonly string[]): Error => {
  const hint = suggestion(
    spelling.replace(/^-+/, ''),
    names,
    '; dbtest --help lists the options',
    (name) => `--${name}`,
  );
  return usageFault(`${spelling}: unknown option${hint}`);
};
