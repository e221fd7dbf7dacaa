/** Lines of a sweep's journal, written and read back. */
import type { RunResult } from '../bench/result.ts';
import type { RateRun, RepeatedRun, SweepRun } from './sweep.ts';

interface OfPoint {
  /** Place in the plan. */
  point: number;
  host: RunResult['host'];
}

export type RepeatedLine = RepeatedRun & OfPoint;
export type RateLine = RateRun & OfPoint;

type Data = Record<string, unknown>;

/** @param points of the plan. @returns null where the data is no such line */
export function readRepeatedLine(data: unknown, points: number): RepeatedLine | null {
  return isRun(data, points) && Number.isInteger(data['repetition']) ? (data as unknown as RepeatedLine) : null;
}

/** @param points of the plan. @returns null where the data is no such line */
export function readRateLine(data: unknown, points: number): RateLine | null {
  const valid =
    isRun(data, points) &&
    isNumberOrNull(data['rate']) &&
    typeof data['achievedTps'] === 'number' &&
    isNumberOrNull(data['measured']) &&
    typeof data['keptUp'] === 'boolean' &&
    typeof data['isWithin'] === 'boolean';
  return valid ? (data as unknown as RateLine) : null;
}

function isRun(data: unknown, points: number): data is Data {
  if (!isObject(data)) return false;
  const { point, host, figures } = data;
  const run = data as unknown as SweepRun;
  return (
    Number.isInteger(point) &&
    (point as number) >= 0 &&
    (point as number) < points &&
    isObject(host) &&
    typeof host['cpu'] === 'string' &&
    typeof host['cores'] === 'number' &&
    Number.isInteger(run.seed) &&
    typeof run.startedAt === 'string' &&
    typeof run.endedBy === 'string' &&
    (run.consistent === null || typeof run.consistent === 'boolean') &&
    isObject(figures) &&
    Object.values(figures).every(isNumberOrNull)
  );
}

const isObject = (data: unknown): data is Data => typeof data === 'object' && data !== null && !Array.isArray(data);

const isNumberOrNull = (value: unknown): boolean => value === null || typeof value === 'number';
