/** Values as the text format of PostgreSQL's protocol, and back. Sessions run at UTC and with ISO dates. */
import { assert } from '../../assert.ts';
import type { ListType, Parameter, Value, ValueType } from '../contract.ts';
import { decimalText, parseDecimal } from '../decimal-text.ts';

/** @returns null for NULL */
export function encodeParameter(value: Parameter, type: ValueType | ListType): string | null {
  if (value === null) return null;
  if (type.kind === 'list') {
    assert(typeof value === 'object', 'a list is expected');
    return arrayText(value, type.of);
  }
  assert(typeof value !== 'object', 'a single value is expected');
  return encodeValue(value, type);
}

export function encodeValue(value: number | string, type: ValueType): string {
  if (type.kind === 'text') {
    assert(typeof value === 'string', 'a text is expected');
    return value;
  }
  assert(typeof value === 'number' && Number.isSafeInteger(value), 'a whole number is expected');
  if (type.kind === 'integer') return String(value);
  return type.kind === 'decimal' ? decimalText(value, type.digits) : new Date(value).toISOString();
}

function arrayText(values: readonly Value[], type: ValueType): string {
  let text = '{';
  for (let i = 0; i < values.length; i++) {
    const value = values[i];
    if (i > 0) text += ',';
    if (value === null) text += 'NULL';
    else if (type.kind === 'text') text += `"${String(value).replace(/["\\]/g, '\\$&')}"`;
    else text += encodeValue(value, type);
  }
  return `${text}}`;
}

/** @param text null for NULL */
export function decodeValue(text: string | null, type: ValueType): Value {
  if (text === null) return null;
  switch (type.kind) {
    case 'text':
      return text;
    case 'decimal':
      return parseDecimal(text, type.digits);
    case 'instant':
      return instantOf(text);
    default: {
      const value = Number(text);
      assert(Number.isSafeInteger(value), `${text} is no whole number that fits`);
      return value;
    }
  }
}

/** `2026-01-01 00:00:00.123+00`, with or without fraction and zone. */
function instantOf(text: string): number {
  const plain = text.endsWith('+00') ? text.slice(0, -3) : text;
  const instantMs = Date.parse(`${plain.replace(' ', 'T')}Z`);
  assert(!Number.isNaN(instantMs), `${text} is no instant`);
  return instantMs;
}
