/** Whole numbers that count 10^-digits, as the decimal text that databases take and give; never by way of a fraction. */
import { assert } from '../assert.ts';

/** 1234 with two digits is `12.34`. */
export function decimalText(value: number, digits: number): string {
  assert(Number.isSafeInteger(value), 'a decimal is a whole number in the client');
  if (digits === 0) return String(value);
  const text = String(Math.abs(value)).padStart(digits + 1, '0');
  return `${value < 0 ? '-' : ''}${text.slice(0, -digits)}.${text.slice(-digits)}`;
}

/** `12.34` with two digits is 1234. More digits than that must be zeros. */
export function parseDecimal(text: string, digits: number): number {
  const point = text.indexOf('.');
  const whole = point < 0 ? text : text.slice(0, point);
  const fraction = point < 0 ? '' : text.slice(point + 1);
  for (let i = digits; i < fraction.length; i++) assert(fraction[i] === '0', `${text} has more than ${digits} digits`);
  const value = Number(whole + fraction.slice(0, digits).padEnd(digits, '0'));
  assert(Number.isSafeInteger(value), `${text} is no decimal that fits`);
  return value === 0 ? 0 : value;
}
