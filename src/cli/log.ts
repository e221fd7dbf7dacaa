/** The log and the progress of a run, on stderr. On a terminal the progress is one line that is redrawn below the log. */
import { stripVTControlCharacters } from 'node:util';
import type { OutputStream } from './context.ts';
import { guardStream, terminalColumns } from './streams.ts';

export interface Progress {
  phase: string;
  /** 0 to 1. */
  fraction: number;
  detail: string;
}

/** On a terminal the line is redrawn at most this often. */
const REDRAW_MS = 100;
/** Elsewhere a phase writes a line when it begins and then at most this often. */
const PLAIN_LINE_MS = 5000;
const BAR_CELLS = 20;

const CLEAR_LINE = '\r\u001b[2K';

export class Log {
  readonly #stream: OutputStream;
  readonly #quiet: boolean;
  readonly #redraws: boolean;
  readonly #nowMs: () => number;
  #drawn = false;
  #lastPhase: string | null = null;
  #lastMs = Number.NEGATIVE_INFINITY;

  constructor(stream: OutputStream, quiet: boolean, terminal: string | undefined, nowMs: () => number) {
    this.#stream = stream;
    this.#quiet = quiet;
    this.#redraws = stream.isTTY === true && terminal !== 'dumb';
    this.#nowMs = nowMs;
    guardStream(stream);
  }

  line(text: string): void {
    if (this.#quiet) return;
    this.clearProgress();
    this.#stream.write(`${text}\n`);
  }

  progress(progress: Progress): void {
    if (this.#quiet) return;
    const nowMs = this.#nowMs();
    const newPhase = progress.phase !== this.#lastPhase;
    if (!newPhase && nowMs - this.#lastMs < (this.#redraws ? REDRAW_MS : PLAIN_LINE_MS)) return;
    this.#lastPhase = progress.phase;
    this.#lastMs = nowMs;
    if (this.#redraws) {
      this.#stream.write(CLEAR_LINE + cut(describe(progress, true), terminalColumns(this.#stream) - 1));
      this.#drawn = true;
    } else {
      this.#stream.write(`${describe(progress, false)}\n`);
    }
  }

  /** Leaves the terminal with an empty line; to be called before anybody else writes to it. */
  clearProgress(): void {
    if (this.#drawn) this.#stream.write(CLEAR_LINE);
    this.#drawn = false;
  }
}

function describe({ phase, fraction, detail }: Progress, withBar: boolean): string {
  const share = Math.min(1, Math.max(0, fraction));
  const percent = `${Math.floor(share * 100)}%`.padStart(4);
  const filled = Math.floor(share * BAR_CELLS);
  const bar = withBar ? ` [${'#'.repeat(filled)}${'.'.repeat(BAR_CELLS - filled)}]` : '';
  return `${phase.padEnd(8)}${bar} ${percent}  ${stripVTControlCharacters(detail)}`.trimEnd();
}

const cut = (text: string, width: number): string => (text.length > width ? text.slice(0, Math.max(0, width)) : text);
