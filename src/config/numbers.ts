/** Numbers as text on the command line: digits only, so that a typing error is never taken for a value. */

/**
 * A whole number in decimal digits, with a sign at most. `1e3`, `0x10`, `1.0` and an empty text are none.
 * @returns the number, not yet range-checked, or null
 */
export function parseWholeNumber(text: string): number | null {
  if (!/^-?\d+$/.test(text)) return null;
  const value = Number(text);
  return Number.isSafeInteger(value) ? value : null;
}

/**
 * A number in decimal digits with an optional fraction and sign; no exponent, no `Infinity`.
 * @returns the number, not yet range-checked, or null
 */
export function parseDecimal(text: string): number | null {
  if (!/^-?\d+(\.\d+)?$/.test(text)) return null;
  const value = Number(text);
  return Number.isFinite(value) ? value : null;
}
