/** Partial checks as plain text, for the process that judges all of them. Sums may hold what JSON cannot say (NaN). */
import type { PartialCheck } from './contract.ts';

interface EncodedPartial {
  conditions: PartialCheck['conditions'];
  sums: Record<string, { keys: string; values: string }>;
}

const bytesOf = (numbers: Float64Array): string =>
  Buffer.from(numbers.buffer, numbers.byteOffset, numbers.byteLength).toString('base64');

function numbersOf(text: string): Float64Array {
  const bytes = Buffer.from(text, 'base64');
  const numbers = new Float64Array(bytes.length / 8);
  new Uint8Array(numbers.buffer).set(bytes);
  return numbers;
}

export function encodePartial(partial: PartialCheck): EncodedPartial {
  const sums = Object.entries(partial.sums).map(([name, { keys, values }]) => [
    name,
    { keys: bytesOf(keys), values: bytesOf(values) },
  ]);
  return { conditions: partial.conditions, sums: Object.fromEntries(sums) };
}

export function decodePartial(encoded: EncodedPartial): PartialCheck {
  const sums = Object.entries(encoded.sums).map(([name, { keys, values }]) => [
    name,
    { keys: numbersOf(keys), values: numbersOf(values) },
  ]);
  return { conditions: encoded.conditions, sums: Object.fromEntries(sums) };
}
