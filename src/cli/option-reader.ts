/** Reads option values as the types that commands need; every refusal says the option, what was given and what is accepted. */

import { assert } from '../assert.ts';
import { DURATION_FORMS, parseDuration } from '../config/durations.ts';
import { parseDecimal, parseWholeNumber } from '../config/numbers.ts';
import { shownText } from '../config/shown.ts';
import { formatSize, parseSize, SIZE_FORMS } from '../config/sizes.ts';
import { suggestion } from '../config/suggest.ts';
import { type OperatingFault, usageFault } from '../errors.ts';
import type { GivenValues } from './command.ts';

/** Inclusive bounds. */
export interface Range {
  low: number;
  high: number;
}

/** Each method returns null when the option is not given. */
export class OptionReader {
  readonly #given: GivenValues;

  constructor(given: GivenValues) {
    this.#given = given;
  }

  flag(name: string): boolean {
    return this.#given[name] === true;
  }

  text(name: string, accepted: string): string | null {
    const text = this.#raw(name);
    if (text !== null && text.trim() === '') throw refusal(name, text, accepted);
    return text;
  }

  /** All texts of a repeatable option, in the order given. */
  texts(name: string, accepted: string): string[] | null {
    const values = this.#given[name];
    if (values === undefined) return null;
    assert(Array.isArray(values), `--${name} reached the option reader as ${typeof values}`);
    return values.map((value) => {
      const text = String(value);
      if (text.trim() === '') throw refusal(name, text, accepted);
      return text;
    });
  }

  /** A text of a form that `pattern` describes. */
  matching(name: string, pattern: RegExp, accepted: string): string | null {
    const text = this.#raw(name);
    if (text !== null && !pattern.test(text)) throw refusal(name, text, accepted);
    return text;
  }

  wholeNumber(name: string, range: Range): number | null {
    return this.#number(name, range, parseWholeNumber, `a whole number from ${range.low} to ${range.high}`);
  }

  decimal(name: string, range: Range): number | null {
    return this.#number(name, range, parseDecimal, `a number from ${range.low} to ${range.high}`);
  }

  /** Seconds. */
  duration(name: string, range: Range): number | null {
    const accepted = `${range.low === 0 ? '0 or more' : `at least ${range.low}`} and at most ${range.high} seconds`;
    return this.#number(name, range, parseDuration, `${DURATION_FORMS}; ${accepted}`);
  }

  /**
   * Bytes.
   * @param words texts that stand for a size
   */
  size(name: string, range: Range, words: Readonly<Record<string, number>> = {}): number | null {
    const word = this.#raw(name);
    if (word !== null && Object.hasOwn(words, word)) return words[word] as number;
    const most = range.high === Number.MAX_SAFE_INTEGER ? '' : ` and at most ${formatSize(range.high)}`;
    const alternatives = Object.keys(words).map((text) => `, or ${text}`);
    const accepted = `${SIZE_FORMS}; at least ${formatSize(range.low)}${most}${alternatives.join('')}`;
    return this.#number(name, range, parseSize, accepted);
  }

  choice<Choice extends string>(name: string, choices: readonly Choice[]): Choice | null {
    const text = this.#raw(name);
    if (text === null) return null;
    const choice = choices.find((candidate) => candidate === text);
    if (choice === undefined) throw refusal(name, text, `one of ${choices.join(', ')}`, suggestion(text, choices, ''));
    return choice;
  }

  /** A list such as `0,1,2`, in the order given; an id given twice is a mistake. */
  ids(name: string, range: Range): number[] | null {
    const text = this.#raw(name);
    if (text === null) return null;
    const accepted = `shard ids from ${range.low} to ${range.high}, separated by commas, each once: 0,1`;
    const ids = text.split(',').map((part) => parseWholeNumber(part.trim()));
    const valid = ids.every((id): id is number => id !== null && id >= range.low && id <= range.high);
    if (!valid || new Set(ids).size !== ids.length) throw refusal(name, text, accepted);
    return ids;
  }

  #number(name: string, range: Range, parse: (text: string) => number | null, accepted: string): number | null {
    const text = this.#raw(name);
    if (text === null) return null;
    const value = parse(text);
    if (value === null || value < range.low || value > range.high) throw refusal(name, text, accepted);
    return value;
  }

  #raw(name: string): string | null {
    const value = this.#given[name];
    if (value === undefined) return null;
    assert(typeof value === 'string', `--${name} reached the option reader as ${typeof value}`);
    return value;
  }
}

const refusal = (name: string, text: string, accepted: string, hint = ''): OperatingFault =>
  usageFault(`--${name}: ${shownText(text)} is not accepted; give ${accepted}${hint}`);
