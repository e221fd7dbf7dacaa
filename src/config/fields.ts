/**
 * Reads the fields of a parsed YAML mapping with their types checked. Every mistake is one line, `FILE: key.path: what;
 * what to do`; the key path stands in for a line number, which the YAML parser does not keep for values.
 */
import { isIP } from 'node:net';
import { configFault, type OperatingFault } from '../errors.ts';
import { shownKey, shownValue } from './shown.ts';
import { suggestion } from './suggest.ts';

/** A mapping of the file, the place where it stands, and typed access to its fields. */
export class MappingFields {
  readonly file: string;
  /** Key path of the mapping itself, empty for the whole document: `shards[1]`. */
  readonly path: string;
  readonly #values: Record<string, unknown>;

  /** @throws OperatingFault when `value` is no mapping */
  constructor(file: string, path: string, value: unknown) {
    this.file = file;
    this.path = path;
    if (typeof value !== 'object' || value === null || Array.isArray(value)) {
      const what = `is ${shownValue(value)}; give a mapping (key: value)`;
      throw path === '' ? configFault(file, `the document ${what}`) : configFault(`${file}: ${path}`, what);
    }
    this.#values = value as Record<string, unknown>;
  }

  keys(): string[] {
    return Object.keys(this.#values);
  }

  has(key: string): boolean {
    return Object.hasOwn(this.#values, key);
  }

  /** Without any check; for deciding what a file is. */
  raw(key: string): unknown {
    return this.has(key) ? this.#values[key] : undefined;
  }

  pathOf(key: string): string {
    return this.path === '' ? shownKey(key) : `${this.path}.${shownKey(key)}`;
  }

  /** A mistake at the field `key` (or below it, e.g. `shards[1]`). */
  fault(key: string, message: string): OperatingFault {
    return configFault(`${this.file}: ${this.pathOf(key)}`, message);
  }

  refuseUnknownKeys(known: readonly string[]): void {
    for (const key of this.keys()) {
      if (known.includes(key)) continue;
      const fallback = `; the keys here are ${known.join(', ')}`;
      throw this.fault(key, `unknown key${suggestion(key, known, fallback)}`);
    }
  }

  wholeNumber(key: string, low: number, high: number): number {
    return checkedWholeNumber(this, key, this.#required(key), low, high);
  }

  text(key: string): string {
    return checkedText(this, key, this.#required(key));
  }

  flag(key: string): boolean {
    const value = this.#required(key);
    if (typeof value !== 'boolean') throw this.fault(key, `is ${shownValue(value)}; give true or false`);
    return value;
  }

  port(key: string): number {
    return this.wholeNumber(key, 1, 65535);
  }

  /** A host name or an IP address, without a port. */
  host(key: string): string {
    const host = this.text(key);
    const problem = hostProblem(host);
    if (problem !== null) throw this.fault(key, `is ${shownValue(host)}; ${problem}`);
    return host;
  }

  /** A list that is not empty. */
  list(key: string, of: string): unknown[] {
    const value = this.#required(key);
    if (!Array.isArray(value)) throw this.fault(key, `is ${shownValue(value)}; give a list of ${of}`);
    if (value.length === 0) throw this.fault(key, `is an empty list; give at least one of ${of}`);
    return value;
  }

  mappings(key: string, of: string): MappingFields[] {
    return this.list(key, of).map((item, index) => new MappingFields(this.file, `${this.pathOf(key)}[${index}]`, item));
  }

  wholeNumbers(key: string, of: string, low: number, high: number): number[] {
    return this.list(key, of).map((item, index) => checkedWholeNumber(this, `${key}[${index}]`, item, low, high));
  }

  /** A list of lists of texts; no list is empty. */
  textLists(key: string, of: string): string[][] {
    return this.list(key, `lists of ${of}`).map((item, index) => {
      const place = `${key}[${index}]`;
      if (!Array.isArray(item)) throw this.fault(place, `is ${shownValue(item)}; give a list of ${of}`);
      if (item.length === 0) throw this.fault(place, `is an empty list; give at least one of ${of}`);
      return item.map((text, position) => checkedText(this, `${place}[${position}]`, text));
    });
  }

  #required(key: string): unknown {
    if (!this.has(key)) throw this.fault(key, 'is missing; add it');
    return this.#values[key];
  }
}

function checkedWholeNumber(fields: MappingFields, key: string, value: unknown, low: number, high: number): number {
  const accepted = `give a whole number from ${low} to ${high}`;
  if (typeof value !== 'number') {
    const unquoted = typeof value === 'string' && /^\d+$/.test(value) ? ' without quotes' : '';
    throw fields.fault(key, `is ${shownValue(value)}; ${accepted}${unquoted}`);
  }
  if (!Number.isInteger(value) || value < low || value > high) throw fields.fault(key, `is ${value}; ${accepted}`);
  return value;
}

function checkedText(fields: MappingFields, key: string, value: unknown): string {
  if (typeof value !== 'string') throw fields.fault(key, `is ${shownValue(value)}; give a text`);
  if (value.trim() === '') throw fields.fault(key, 'is an empty text; give one');
  return value;
}

/** What keeps a text from being a host, as advice, or null when it is one. */
export function hostProblem(host: string): string | null {
  if (isIP(host) !== 0) return null;
  if (/^[^:]+:\d+$/.test(host)) return 'give the host alone; the port has its own key or option';
  if (/^[\d.]+$/.test(host)) return 'give four numbers from 0 to 255 for an IPv4 address';
  if (host.length <= 253 && host.split('.').every((label) => /^(?!-)[A-Za-z0-9_-]{1,63}(?<!-)$/.test(label)))
    return null;
  return 'give a host name or an IP address';
}
