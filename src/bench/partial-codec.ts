/** Partial checks as plain text, for the process that judges all of them. Sums may hold what JSON cannot say (NaN). */
import { EXIT, OperatingFault } from '../errors.ts';
import { mismatch, type Shape } from '../shape.ts';
import type { PartialCheck } from './contract.ts';

interface EncodedPartial {
  conditions: PartialCheck['conditions'];
  sums: Record<string, { keys: string; values: string }>;
}

/** What judges and reports look at. */
export const CONDITION: Shape = {
  keys: {
    id: 'string',
    title: 'string',
    passed: 'boolean',
    checkable: { optional: 'boolean' },
    reason: { optional: 'string' },
    checkedRows: 'number',
    violationCount: 'number',
    violations: { listOf: 'string' },
  },
};

type Fields = Readonly<Record<string, unknown>>;

const bytesOf = (numbers: Float64Array): string =>
  Buffer.from(numbers.buffer, numbers.byteOffset, numbers.byteLength).toString('base64');

function numbersOf(text: unknown): Float64Array {
  if (typeof text !== 'string') throw refusal('a sum is no text');
  const bytes = Buffer.from(text, 'base64');
  // What is no base64 is skipped.
  if (bytes.length !== Buffer.byteLength(text, 'base64')) throw refusal('a sum is not base64');
  if (bytes.length % 8 !== 0) throw refusal('a sum ends within a number');
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

/**
 * @param encoded as it came from another process, so perhaps anything
 * @throws OperatingFault TRANSPORT (exit status 5) where no `encodePartial` made it
 */
export function decodePartial(encoded: unknown): PartialCheck {
  const { conditions, sums } = fieldsOf(encoded, 'it is no object');
  if (!Array.isArray(conditions)) throw refusal('it has no list of conditions');
  const problem = mismatch(conditions, { listOf: CONDITION }, 'conditions', '');
  if (problem !== null) throw refusal(problem);
  const decoded = Object.entries(fieldsOf(sums, 'it has no sums')).map(([name, sum]) => {
    const { keys, values } = fieldsOf(sum, 'a sum is no object');
    return [name, { keys: numbersOf(keys), values: numbersOf(values) }];
  });
  return { conditions, sums: Object.fromEntries(decoded) };
}

function fieldsOf(value: unknown, otherwise: string): Fields {
  if (typeof value !== 'object' || value === null || Array.isArray(value)) throw refusal(otherwise);
  return value as Fields;
}

const refusal = (what: string): OperatingFault =>
  new OperatingFault(
    'TRANSPORT',
    EXIT.connection,
    `a process of the cluster sent a partial check that does not decode: ${what}; see what runs at the other addresses`,
  );
