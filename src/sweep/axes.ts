/** Options that are varied, as the command line writes them, and the product of their values. */
import type { Axis, AxisValues } from './sweep.ts';

export const AXIS_FORMS =
  'an option and its values: num-threads=1,2 (with semicolons where values have commas: mix=deck;a=1,b=2)';

/** More points than this are a typing error. */
export const MOST_POINTS = 10_000;

/** `shards` is a number of shards, which no option of a run says so plainly. */
export const SHARDS_AXIS = 'shards';
export const THREADS_AXIS = 'num-threads';

/** What people call options for short. */
const ALIASES: Readonly<Record<string, string>> = { threads: THREADS_AXIS, 'num-shards': SHARDS_AXIS };

/** Whether an axis is the share of accesses that go to other warehouses. */
export const isRemoteShare = (name: string): boolean => /^remote-(.+-)?pct$/.test(name);

/** @returns null where the text is of no such form */
export function parseAxis(text: string): Axis | null {
  const at = text.indexOf('=');
  if (at < 1) return null;
  const given = text.slice(0, at).trim().replace(/^--/, '');
  const list = text.slice(at + 1);
  const values = list.split(list.includes(';') ? ';' : ',').map((value) => value.trim());
  if (given === '' || values.some((value) => value === '') || new Set(values).size !== values.length) return null;
  return { name: ALIASES[given] ?? given, values };
}

/** Every combination, the last axis changing fastest; a single empty one without axes. */
export function productOf(axes: readonly Axis[]): AxisValues[] {
  let product: AxisValues[] = [{}];
  for (const { name, values } of axes) {
    product = product.flatMap((before) => values.map((value) => ({ ...before, [name]: value })));
  }
  return product;
}

/** Size of the product, without making it. */
export const sizeOf = (axes: readonly Axis[]): number => axes.reduce((size, { values }) => size * values.length, 1);

/** `shards=2 num-threads=1`. */
export const describeValues = (values: AxisValues): string =>
  Object.entries(values)
    .map(([name, value]) => `${name}=${value}`)
    .join(' ');

/** The values without those of some axes. */
export const valuesWithout = (values: AxisValues, names: readonly string[]): AxisValues =>
  Object.fromEntries(Object.entries(values).filter(([name]) => !names.includes(name)));

/** Elements by what `key` says of them, in the order of first appearance. */
export function groupedBy<Element>(elements: readonly Element[], key: (element: Element) => string): Element[][] {
  const groups = new Map<string, Element[]>();
  for (const element of elements) {
    const group = groups.get(key(element));
    if (group === undefined) groups.set(key(element), [element]);
    else group.push(element);
  }
  return [...groups.values()];
}
