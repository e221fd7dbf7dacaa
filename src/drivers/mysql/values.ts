/** Values as MySQL's protocols have them: typed parameters, literals in the text of a statement, and results. */
import mysql from 'mysql2';
import { assert } from '../../assert.ts';
import type { Parameter, Value, ValueType } from '../contract.ts';
import { decimalText, parseDecimal } from '../decimal-text.ts';

/** `2026-01-01 00:00:00.123`, in UTC as the session is. */
const datetimeText = (instantMs: number): string =>
  new Date(instantMs).toISOString().replace('T', ' ').replace('Z', '');

/** A parameter with its type: a bare number would be sent as floating point. */
export function typedParameter(value: Parameter, type: ValueType): unknown {
  if (value === null) return null;
  if (type.kind === 'text') {
    assert(typeof value === 'string', 'a text is expected');
    return value;
  }
  assert(typeof value === 'number' && Number.isSafeInteger(value), 'a whole number is expected');
  if (type.kind === 'integer') return mysql.TypedParameter.LONGLONG(BigInt(value));
  if (type.kind === 'decimal') return mysql.TypedParameter.NEWDECIMAL(decimalText(value, type.digits));
  return datetimeText(value);
}

/** A value as it stands in a statement. */
export function literal(value: Parameter, type: ValueType): string {
  if (value === null) return 'NULL';
  if (type.kind === 'text') return mysql.escape(String(value));
  assert(typeof value === 'number' && Number.isSafeInteger(value), 'a whole number is expected');
  if (type.kind === 'integer') return String(value);
  return type.kind === 'decimal' ? decimalText(value, type.digits) : `'${datetimeText(value)}'`;
}

/** @param value text, or a number where the binary protocol has one of its own */
export function decodeValue(value: string | number | null, type: ValueType): Value {
  if (value === null) return null;
  switch (type.kind) {
    case 'text':
      return String(value);
    case 'decimal':
      return parseDecimal(String(value), type.digits);
    case 'instant': {
      const instantMs = Date.parse(`${String(value).replace(' ', 'T')}Z`);
      assert(!Number.isNaN(instantMs), `${value} is no instant`);
      return instantMs;
    }
    default: {
      // A sum of integers is a decimal without digits.
      const whole = Number(value);
      assert(Number.isSafeInteger(whole), `${value} is no whole number that fits`);
      return whole;
    }
  }
}
