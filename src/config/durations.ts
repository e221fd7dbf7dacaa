/** Durations as text: plain numbers are seconds; `500ms`, `30s`, `2m` and `1h` say their unit. */

const SECONDS_IN: Record<string, number> = { '': 1, ms: 0.001, s: 1, m: 60, h: 3600 };

/** What a message says is accepted. */
export const DURATION_FORMS = 'seconds as a plain number, or 500ms, 30s, 2m, 1h';

/** @returns seconds (fractions kept, sign kept for the caller's range check), or null when the text is no duration */
export function parseDuration(text: string): number | null {
  const parts = /^(-?\d+(?:\.\d+)?)(ms|s|m|h|)$/.exec(text);
  if (parts === null) return null;
  const [, digits, unit] = parts as unknown as [string, string, string];
  const seconds = Number(digits) * (SECONDS_IN[unit] as number);
  return Number.isFinite(seconds) ? seconds : null;
}
