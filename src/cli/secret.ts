/**
 * The secret that the processes of a cluster prove to each other. It never enters the configuration of a run, which is
 * printed and compared between processes.
 */
import { closeSync, openSync, readSync } from 'node:fs';
import { fileReason } from '../config/file-reasons.ts';
import { shownText } from '../config/shown.ts';
import { usageFault } from '../errors.ts';

/** The environment variable that holds the secret where no file is given. */
export const SECRET_VARIABLE = 'DBTEST_SECRET';

export const SECRET_BYTES_MAX = 1024;

/** White space around the secret may make the file longer, but not much. */
const FILE_BYTES_MAX = 4 * SECRET_BYTES_MAX;

const TOO_LONG = `is longer than a secret may be; give 1 to ${SECRET_BYTES_MAX} bytes`;

export type Environment = Readonly<Record<string, string | undefined>>;

/**
 * The secret of `path`, else of the environment, else null; without the white space around it. An empty one is refused
 * rather than taken for none: whoever sets it wants to be protected.
 * @throws OperatingFault (exit status 2) that names where the secret should come from, and never what it is
 */
export function readSecret(path: string | null, environment: Environment): string | null {
  if (path !== null) return checked(readText(path), `--secret-file: ${shownText(path)}`);
  const text = environment[SECRET_VARIABLE];
  return text === undefined ? null : checked(text, SECRET_VARIABLE);
}

/** @throws OperatingFault where it cannot be read, is no text, or is far too long */
function readText(path: string): string {
  const refuse = (problem: string) => usageFault(`--secret-file: ${shownText(path)} ${problem}`);
  let bytes: Buffer;
  try {
    bytes = readStart(path);
  } catch (error) {
    throw refuse(`cannot be read: ${fileReason(error)}; give a file that this user may read`);
  }
  if (bytes.length === FILE_BYTES_MAX) throw refuse(TOO_LONG);
  try {
    return new TextDecoder('utf-8', { fatal: true }).decode(bytes);
  } catch {
    throw refuse('is not UTF-8 text; give the secret as text, e.g. made by: openssl rand -base64 32');
  }
}

/** Enough of the file to see that it is too long; a device or a pipe may never end. */
function readStart(path: string): Buffer {
  const buffer = Buffer.alloc(FILE_BYTES_MAX);
  const descriptor = openSync(path, 'r');
  try {
    let length = 0;
    while (length < buffer.length) {
      const count = readSync(descriptor, buffer, length, buffer.length - length, null);
      if (count === 0) break;
      length += count;
    }
    return buffer.subarray(0, length);
  } finally {
    closeSync(descriptor);
  }
}

function checked(text: string, source: string): string {
  const secret = text.trim();
  const sizeBytes = Buffer.byteLength(secret);
  if (sizeBytes === 0) throw usageFault(`${source} is empty; give a secret of 1 to ${SECRET_BYTES_MAX} bytes`);
  if (sizeBytes > SECRET_BYTES_MAX) throw usageFault(`${source} ${TOO_LONG}`);
  return secret;
}
