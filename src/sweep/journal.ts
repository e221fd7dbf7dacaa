/**
 * The journal of a sweep: a file with the plan in its first line and a line for each finished run, each durable before the
 * next run begins. A sweep that is started again with the same plan goes on behind the last whole line.
 */
import { closeSync, existsSync, fsyncSync, ftruncateSync, mkdirSync, openSync, readFileSync, writeSync } from 'node:fs';
import { join } from 'node:path';
import { fileReason } from '../config/file-reasons.ts';
import { EXIT, OperatingFault } from '../errors.ts';

export const JOURNAL_NAME = 'sweep.jsonl';
const KIND = 'dbtest sweep journal';
const VERSION = 1;

/** By name what the plan consists of; two plans are the same where all parts are. */
export type PlanParts = Record<string, unknown>;

export interface Journal<Line> {
  /** Of earlier starts. */
  readonly kept: readonly Line[];
  /** Writes a line and returns when it is durable. @throws OperatingFault FILE */
  append(line: Line): void;
  close(): void;
}

/** A journal that keeps nothing. */
export const noJournal = <Line>(): Journal<Line> => ({ kept: [], append: () => undefined, close: () => undefined });

/**
 * Opens the journal in `folder`, which is created where it is missing.
 * @param readLine makes a line of data; null where it is none
 * @throws OperatingFault (exit status 2) where the folder has the journal of another plan, a damaged one, or cannot be written
 */
export function openJournal<Line>(
  folder: string,
  plan: PlanParts,
  readLine: (data: unknown) => Line | null,
): Journal<Line> {
  const path = join(folder, JOURNAL_NAME);
  try {
    mkdirSync(folder, { recursive: true });
    const isNew = !existsSync(path) || readFileSync(path).length === 0;
    const descriptor = openSync(path, isNew ? 'a' : 'r+');
    try {
      return isNew ? begin(descriptor, path, plan) : goOn(descriptor, path, plan, readLine);
    } catch (error) {
      closeSync(descriptor);
      throw error;
    }
  } catch (error) {
    if (error instanceof OperatingFault) throw error;
    throw refused(path, `cannot be written: ${fileReason(error)}; give another folder`);
  }
}

function begin<Line>(descriptor: number, path: string, plan: PlanParts): Journal<Line> {
  const journal = writerOf<Line>(descriptor, path, [], 0);
  journal.append({ kind: KIND, version: VERSION, plan } as Line);
  return journal;
}

function goOn<Line>(
  descriptor: number,
  path: string,
  plan: PlanParts,
  readLine: (data: unknown) => Line | null,
): Journal<Line> {
  const text = readFileSync(path, 'utf8');
  // A line without its end was being written when the process died; that run counts as not made.
  const whole = text.slice(0, text.lastIndexOf('\n') + 1);
  const [header, ...lines] = whole.split('\n').slice(0, -1);
  refuseOther(path, parsed(header ?? ''), plan);
  const kept = lines.map((line, i) => {
    const data = readLine(parsed(line));
    if (data === null) throw refused(path, `is damaged at line ${i + 2}; move it away to begin anew`);
    return data;
  });
  const sizeBytes = Buffer.byteLength(whole);
  ftruncateSync(descriptor, sizeBytes);
  return writerOf(descriptor, path, kept, sizeBytes);
}

function refuseOther(path: string, header: unknown, plan: PlanParts): void {
  const { kind, version, plan: kept } = (header ?? {}) as { kind?: unknown; version?: unknown; plan?: unknown };
  if (kind !== KIND || typeof kept !== 'object' || kept === null) {
    throw refused(path, 'is no journal of dbtest sweep, or its first line is damaged; give another folder');
  }
  if (version !== VERSION) throw refused(path, 'was written by another version of dbtest; give another folder');
  const names = [...new Set([...Object.keys(kept), ...Object.keys(plan)])];
  const differing = names.find((name) => JSON.stringify((kept as PlanParts)[name]) !== JSON.stringify(plan[name]));
  if (differing === undefined) return;
  const [before, now] = [(kept as PlanParts)[differing], plan[differing]].map(shown);
  throw refused(
    path,
    `has a sweep of another plan: ${differing} ${before === now ? 'differ' : `was ${before}, and is ${now} now`}; ` +
      'give another folder, or start with the options of that sweep to go on with it',
  );
}

const LONGEST_SHOWN = 80;

/** The part of a plan as a message shows it. */
function shown(part: unknown): string {
  if (part === undefined || part === null) return 'not given';
  const text = Array.isArray(part) ? part.join(' ') : String(part);
  return text.length > LONGEST_SHOWN ? `${text.slice(0, LONGEST_SHOWN)}…` : text;
}

function parsed(line: string): unknown {
  try {
    return JSON.parse(line);
  } catch {
    return null;
  }
}

function writerOf<Line>(descriptor: number, path: string, kept: readonly Line[], sizeBytes: number): Journal<Line> {
  let position = sizeBytes;
  return {
    kept,
    append: (line) => {
      const bytes = Buffer.from(`${JSON.stringify(line)}\n`);
      try {
        for (let from = 0; from < bytes.length; ) {
          from += writeSync(descriptor, bytes, from, bytes.length - from, position + from);
        }
        fsyncSync(descriptor);
      } catch (error) {
        throw refused(path, `cannot be written: ${fileReason(error)}`);
      }
      position += bytes.length;
    },
    close: () => closeSync(descriptor),
  };
}

const refused = (path: string, problem: string): OperatingFault =>
  new OperatingFault('FILE', EXIT.usage, `--out: ${path} ${problem}`);
