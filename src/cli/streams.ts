/** Writing to stdout and stderr: complete before going on, and never a crash because the reader went away. */
import type { Writable } from 'node:stream';
import { fileReason } from '../config/file-reasons.ts';
import { EXIT, OperatingFault } from '../errors.ts';
import type { OutputStream } from './context.ts';

const guarded = new WeakSet<Writable>();

/**
 * Keeps a failed write from ending the process as an uncaught event. The failure still reaches the callback of the write,
 * and `writeText` judges it there.
 */
export function guardStream(stream: Writable): void {
  if (guarded.has(stream)) return;
  guarded.add(stream);
  stream.on('error', () => undefined);
}

/**
 * Resolves when the text is handed over. A reader that closed its end early (`| head`) has what it wanted.
 * @throws OperatingFault FILE for any other failure, e.g. a full disk behind a redirection
 */
export async function writeText(stream: Writable, text: string): Promise<void> {
  guardStream(stream);
  const failure = await new Promise<Error | null | undefined>((resolve) => stream.write(text, resolve));
  const code = (failure as NodeJS.ErrnoException | null | undefined)?.code;
  if (failure && code !== 'EPIPE' && code !== 'ERR_STREAM_DESTROYED') {
    throw new OperatingFault('FILE', EXIT.usage, `cannot write the report: ${fileReason(failure)}`, failure);
  }
}

type Environment = Readonly<Record<string, string | undefined>>;

/** NO_COLOR (no-color.org) rules; FORCE_COLOR colours what is no terminal. */
export function wantsColour(stream: OutputStream, env: Environment): boolean {
  if (env.NO_COLOR !== undefined && env.NO_COLOR !== '') return false;
  if (env.FORCE_COLOR !== undefined && env.FORCE_COLOR !== '') return env.FORCE_COLOR !== '0';
  return stream.isTTY === true && env.TERM !== 'dumb';
}

/** Columns of a terminal; some do not know, or say 0. */
export const terminalColumns = (stream: OutputStream): number => stream.columns || 80;

/** Columns to write a report in: the terminal's, or a width that suits files. */
export const widthOf = (stream: OutputStream): number =>
  stream.isTTY === true ? Math.max(60, terminalColumns(stream)) : 100;
