/**
 * Numbers as people read them: thousands separators, three or four digits that mean something, units beside the number.
 * Fixed to one locale, so that reports of two machines compare line by line.
 */

/** What stands where there is no number. */
export const NO_VALUE = '-';

const formatters = Array.from(
  { length: 4 },
  (_, decimals) => new Intl.NumberFormat('en-US', { minimumFractionDigits: decimals, maximumFractionDigits: decimals }),
);

/** `12,345.60` for (12345.6, 2); `-` for null and for what is no finite number. */
export function formatFixed(value: number | null | undefined, decimals: 0 | 1 | 2 | 3): string {
  if (value === null || value === undefined || !Number.isFinite(value)) return NO_VALUE;
  return (formatters[decimals] as Intl.NumberFormat).format(value);
}

/** A whole number: `1,234,567`. */
export function formatCount(value: number | null | undefined): string {
  return formatFixed(value, 0);
}

/** Something a second or a minute: whole from 1,000 up, one decimal below. */
export function formatRate(value: number | null | undefined): string {
  return formatFixed(value, Math.abs(value ?? 0) >= 1000 ? 0 : 1);
}

/** A percentage without its sign: `43.48`. */
export function formatPct(value: number | null | undefined): string {
  return formatFixed(value, 2);
}

/** `3.21 s`, `120.0 s`. */
export function formatSeconds(seconds: number): string {
  return `${formatFixed(seconds, seconds < 10 ? 2 : 1)} s`;
}

/** Decimal units: `412.0 MB`, `1.35 GB`. */
export function formatBytes(bytes: number): string {
  if (bytes >= 1e9) return `${formatFixed(bytes / 1e9, 2)} GB`;
  if (bytes >= 1e6) return `${formatFixed(bytes / 1e6, 1)} MB`;
  return `${formatFixed(bytes / 1e3, 1)} kB`;
}

/** A unit of time in which microseconds are shown. */
export interface TimeUnit {
  readonly name: 'ns' | 'µs' | 'ms' | 's';
  /** Microseconds in one unit. */
  readonly us: number;
}

const NANOSECONDS: TimeUnit = { name: 'ns', us: 1e-3 };
const MICROSECONDS: TimeUnit = { name: 'µs', us: 1 };
const MILLISECONDS: TimeUnit = { name: 'ms', us: 1e3 };
const SECONDS: TimeUnit = { name: 's', us: 1e6 };

/** The unit in which `us` has one to three digits before the point; never below microseconds for a latency. */
export function timeUnitFor(us: number): TimeUnit {
  if (us >= SECONDS.us) return SECONDS;
  return us >= MILLISECONDS.us ? MILLISECONDS : MICROSECONDS;
}

/** A latency in a given unit, without the unit: at most four digits that mean something (histograms hold three). */
export function formatLatencyIn(us: number | null | undefined, unit: TimeUnit): string {
  if (us === null || us === undefined) return NO_VALUE;
  const value = us / unit.us;
  if (value >= 1000) return formatFixed(value, 0);
  return formatFixed(value, unit === MICROSECONDS || value >= 100 ? 1 : 2);
}

/** A latency with the unit that suits it: `12.3 µs`, `1.23 ms`. */
export function formatLatency(us: number): string {
  const unit = timeUnitFor(us);
  return `${formatLatencyIn(us, unit)} ${unit.name}`;
}

/** An edge of a histogram bucket, exact and short: `500 ns`, `8.5 µs`, `2 ms`, `0`. */
export function formatEdge(us: number): string {
  if (us === 0) return '0';
  const unit = us < 1 ? NANOSECONDS : timeUnitFor(us);
  return `${Number((us / unit.us).toPrecision(6))} ${unit.name}`;
}

/** `1 shard`, `2 shards`, `2 processes`. */
export function plural(count: number, noun: string, nouns = `${noun}s`): string {
  return `${formatCount(count)} ${count === 1 ? noun : nouns}`;
}
