/** Catches the fault of a call that must fail; used by the tests of every folder that reports mistakes. */
import { OperatingFault } from '../../errors.ts';

/** @returns the fault; throws when there is none, or when it is no operating fault of one line with exit status 2 */
export function usageFaultOf(call: () => unknown): OperatingFault {
  let value: unknown;
  try {
    value = call();
  } catch (error) {
    if (!(error instanceof OperatingFault)) throw error;
    if (/[\r\n]/.test(error.message)) throw new Error(`more than one line: ${error.message}`);
    if (error.exitStatus !== 2) throw new Error(`exit status ${error.exitStatus}: ${error.message}`);
    return error;
  }
  throw new Error(`accepted: ${JSON.stringify(value)}`);
}
