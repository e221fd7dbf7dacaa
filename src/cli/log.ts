/** The log and the progress of a command, on stderr. On a terminal the progress is redrawn below the log. */
import { type LiveProgress, liveLines, plainLine } from '../report/live/live-view.ts';
import { Screen } from '../report/live/screen.ts';
import type { CliContext, OutputStream } from './context.ts';
import { guardStream, wantsColour } from './streams.ts';

export interface LogOptions {
  /** Neither log nor progress. */
  quiet: boolean;
  /** Default: true. */
  showsProgress?: boolean;
}

/** What is told more often than a phase changes is redrawn at most this often. */
const REDRAW_MS = 100;
/** Where nothing is redrawn, a phase writes its first line after this time, and others after it at least. */
const PLAIN_FIRST_MS = 5000;
/** Lines become rarer the longer a phase takes: each comes after this share of the time until then. */
const PLAIN_SHARE = 0.25;
const PLAIN_MOST_MS = 60_000;

export class Log {
  readonly #stream: OutputStream;
  readonly #quiet: boolean;
  readonly #showsProgress: boolean;
  /** Null where nothing can be redrawn. */
  readonly #screen: Screen | null;
  readonly #colour: boolean;
  readonly #nowMs: () => number;
  #phase: LiveProgress['phase'] | null = null;
  #phaseStartMs = 0;
  #dueMs = 0;

  constructor(
    { stderr, env, nowMs }: Pick<CliContext, 'stderr' | 'env' | 'nowMs'>,
    { quiet, showsProgress }: LogOptions,
  ) {
    this.#stream = stderr;
    this.#quiet = quiet;
    this.#showsProgress = !quiet && showsProgress !== false;
    this.#screen = this.#showsProgress && stderr.isTTY === true && env.TERM !== 'dumb' ? new Screen(stderr) : null;
    this.#colour = wantsColour(stderr, env);
    this.#nowMs = nowMs;
    guardStream(stderr);
  }

  line(text: string): void {
    if (this.#quiet) return;
    if (this.#screen === null) this.#stream.write(`${text}\n`);
    else this.#screen.line(text);
  }

  progress(progress: LiveProgress): void {
    if (!this.#showsProgress) return;
    const nowMs = this.#nowMs();
    if (progress.phase !== this.#phase) {
      this.#phase = progress.phase;
      this.#phaseStartMs = nowMs;
      this.#dueMs = this.#screen === null ? nowMs + PLAIN_FIRST_MS : nowMs;
    }
    if (nowMs < this.#dueMs) return;
    if (this.#screen === null) this.#writePlain(progress, nowMs);
    else this.#draw(progress, this.#screen, nowMs);
  }

  /** Leaves nothing of the progress; to be called before anybody else writes to the terminal, and at the end. */
  close(): void {
    this.#screen?.clear();
  }

  #writePlain(progress: LiveProgress, nowMs: number): void {
    const line = plainLine(progress);
    if (line === null) return;
    const intervalMs = Math.max(PLAIN_FIRST_MS, (nowMs - this.#phaseStartMs) * PLAIN_SHARE);
    this.#dueMs = nowMs + Math.min(PLAIN_MOST_MS, intervalMs);
    this.#stream.write(`${line}\n`);
  }

  /** The last column stays free: some terminals break a line as soon as it is full. */
  #draw(progress: LiveProgress, screen: Screen, nowMs: number): void {
    this.#dueMs = nowMs + REDRAW_MS;
    const colour = this.#colour;
    screen.draw(({ columns, rows }) => liveLines(progress, { colour, width: columns - 1 }, rows - 1));
  }
}
