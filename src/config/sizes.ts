/** Sizes of memory as text: plain bytes, decimal units (`512MB`) and binary units (`4GiB`, or shorter `4G`). */

const UNITS = ['K', 'M', 'G', 'T'];

/** What a message says is accepted. */
export const SIZE_FORMS = 'a number of bytes, or 512MB, 4GiB, 4G';

/**
 * Upper and lower case mean the same. `KB` is 1000 bytes; `KiB` and the bare letter `K` are 1024, as in dd and java.
 * @returns whole bytes, or null when the text is no size
 */
export function parseSize(text: string): number | null {
  const parts = /^(\d+(?:\.\d+)?) ?(?:([KMGT])(i?B)?|B)?$/i.exec(text);
  if (parts === null) return null;
  const [, digits, letter, suffix] = parts;
  const base = suffix?.toLowerCase() === 'b' ? 1000 : 1024;
  const factor = letter === undefined ? 1 : base ** (UNITS.indexOf(letter.toUpperCase()) + 1);
  const sizeBytes = Math.round(Number(digits) * factor);
  return Number.isSafeInteger(sizeBytes) ? sizeBytes : null;
}

/** A size as `parseSize` reads it back, rounded to what a person wants to read: `512 MiB`, `3.8 GiB`. */
export function formatSize(sizeBytes: number): string {
  let value = sizeBytes;
  let unit = -1;
  while (value >= 1024 && unit < UNITS.length - 1) {
    value /= 1024;
    unit++;
  }
  if (unit < 0) return `${sizeBytes} B`;
  return `${value < 10 ? value.toFixed(1) : Math.round(value)} ${UNITS[unit]}iB`;
}
