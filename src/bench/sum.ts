/** Sum of numbers; 0 for none. */
export const sum = (values: readonly number[]): number => values.reduce((total, value) => total + value, 0);

/** `part` in percent of `whole`; 0 of nothing. */
export const share = (part: number, whole: number): number => (whole === 0 ? 0 : (100 * part) / whole);
