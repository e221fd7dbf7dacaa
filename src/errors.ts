/**
 * Operating faults: what can go wrong without a bug in the program. Every folder may import this file; it imports nothing.
 *
 * A bug is an assertion (`assert.ts`) and stops the process; an expected outcome (conflict, user abort) is a value and
 * never an exception.
 */

/** Exit statuses of the program (DESIGN.md section 9). */
export const EXIT = {
  good: 0,
  internal: 1,
  usage: 2,
  consistency: 3,
  threshold: 4,
  connection: 5,
  interrupted: 130,
} as const;

/** Stable codes of operating faults. Scripts may rely on them; add, do not rename. */
export type FaultCode =
  | 'USAGE'
  | 'CONFIG'
  | 'FILE'
  | 'DAMAGED'
  | 'MEMORY_LIMIT'
  | 'UNSUPPORTED'
  | 'WORKER_FAILED'
  | 'TRANSPORT'
  | 'DATABASE'
  | 'INTERRUPTED';

/** A fault that the user can act on: `message` is one line that says what, where and what to do. */
export class OperatingFault extends Error {
  override readonly name = 'OperatingFault';
  readonly code: FaultCode;
  readonly exitStatus: number;

  constructor(code: FaultCode, exitStatus: number, message: string, cause?: unknown) {
    super(message, cause === undefined ? undefined : { cause });
    this.code = code;
    this.exitStatus = exitStatus;
  }
}

/** A mistake on the command line (exit status 2). */
export const usageFault = (message: string): OperatingFault => new OperatingFault('USAGE', EXIT.usage, message);

/** A mistake in a configuration file; `where` is `FILE: key.path` (exit status 2). */
export const configFault = (where: string, message: string): OperatingFault =>
  new OperatingFault('CONFIG', EXIT.usage, `${where}: ${message}`);

/** A file that cannot be read or written; the message names it and the system's reason (exit status `exitStatus`). */
export const fileFault = (
  action: string,
  path: string,
  cause: unknown,
  exitStatus: number = EXIT.usage,
): OperatingFault => {
  const reason = cause instanceof Error ? cause.message.split('\n', 1)[0] : String(cause);
  return new OperatingFault('FILE', exitStatus, `cannot ${action} ${path}: ${reason}`, cause);
};
