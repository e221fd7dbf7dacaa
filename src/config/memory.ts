/** How much memory a run may use when nobody says. */
import { totalmem } from 'node:os';

/** Share of the machine's memory that the engine may fill by default; the rest is for the process and everybody else. */
export const DEFAULT_MEMORY_SHARE = 0.6;

/** Bytes that this process can count on: the machine's memory, or less where a container limits it. */
export function availableMemoryBytes(): number {
  const machineBytes = totalmem();
  const constrainedBytes = process.constrainedMemory?.() ?? 0;
  return constrainedBytes > 0 && constrainedBytes < machineBytes ? constrainedBytes : machineBytes;
}

/** The default of `--memory-limit`, in bytes. */
export const defaultMemoryLimitBytes = (): number => Math.floor(availableMemoryBytes() * DEFAULT_MEMORY_SHARE);
