/** Ctrl-C and termination requests: the first asks for an early report, the second ends the process. */
import type { InterruptSignal, SignalSource } from './context.ts';

/** SIGHUP comes when the terminal is closed. */
const SIGNALS: readonly InterruptSignal[] = ['SIGINT', 'SIGTERM', 'SIGHUP'];

/**
 * npx and npm pass Ctrl-C on to a process that the terminal has signalled already, so the same signal again within this
 * time is the same key press.
 */
const ECHO_MS = 150;

/** @returns stops listening */
export function watchInterrupts(
  signals: SignalSource,
  nowMs: () => number,
  first: () => void,
  second: () => void,
): () => void {
  let seen: { signal: string; atMs: number } | null = null;
  const heard = (signal: InterruptSignal) => () => {
    const previous = seen;
    seen = { signal, atMs: nowMs() };
    if (previous === null) first();
    else if (previous.signal !== signal || seen.atMs - previous.atMs >= ECHO_MS) second();
    else seen = previous;
  };
  const listeners = { SIGINT: heard('SIGINT'), SIGTERM: heard('SIGTERM'), SIGHUP: heard('SIGHUP') };
  for (const signal of SIGNALS) signals.on(signal, listeners[signal]);
  return () => {
    for (const signal of SIGNALS) signals.off(signal, listeners[signal]);
  };
}
