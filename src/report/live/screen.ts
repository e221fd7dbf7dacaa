/**
 * Lines at the foot of a terminal that are drawn again and again, below what is written for good. log-update draws them; this
 * keeps the log above them, and them in shape when the terminal is resized. It knows nothing of what the lines say.
 *
 * The cursor is never hidden: so it needs no bringing back, however the process ends.
 */
import { createLogUpdate } from 'log-update';
import { withoutColours } from '../plain-table.ts';

/** What a terminal must be able to do; `process.stderr` is one. Columns and rows are missing or 0 where it does not know. */
export interface Terminal {
  write(text: string): unknown;
  on(event: 'resize', listener: () => void): unknown;
  off(event: 'resize', listener: () => void): unknown;
  columns?: number;
  rows?: number;
}

export interface ScreenSize {
  columns: number;
  rows: number;
}

/** Lines for a size: none longer than its columns, and fewer than its rows. Empty ones are left out. */
export type Painter = (size: ScreenSize) => readonly string[];

const ESCAPE = '\u001b[';
const UP_AND_ERASE = `${ESCAPE}1A${ESCAPE}2K`;

export class Screen {
  readonly #terminal: Terminal;
  readonly #update: ReturnType<typeof createLogUpdate>;
  #painter: Painter | null = null;
  #drawn: readonly string[] = [];

  constructor(terminal: Terminal) {
    this.#terminal = terminal;
    const sized = {
      isTTY: true,
      write: (text: string) => terminal.write(text),
      get columns() {
        return sizeOf(terminal).columns;
      },
      get rows() {
        return sizeOf(terminal).rows;
      },
    };
    this.#update = createLogUpdate(sized as unknown as NodeJS.WritableStream, { showCursor: true });
  }

  /** Draws in the place of what was drawn before, and again when the terminal is resized. */
  draw(painter: Painter): void {
    if (this.#painter === null) this.#terminal.on('resize', this.#resized);
    this.#painter = painter;
    this.#redraw();
  }

  /** Writes a line for good, above what is drawn. */
  line(text: string): void {
    this.#erase();
    this.#terminal.write(`${text}\n`);
    this.#redraw();
  }

  /** Leaves nothing of what was drawn, and the cursor where the next line belongs. */
  clear(): void {
    if (this.#painter === null) return;
    this.#terminal.off('resize', this.#resized);
    this.#painter = null;
    this.#erase();
  }

  #redraw(): void {
    if (this.#painter === null) return;
    // The differences that log-update draws go wrong at empty lines.
    const lines = this.#painter(sizeOf(this.#terminal)).filter((line) => line !== '');
    if (lines.length === 0) this.#erase();
    else this.#update(lines.join('\n'));
    this.#drawn = lines;
  }

  #erase(): void {
    if (this.#drawn.length === 0) return;
    this.#update.clear();
    this.#drawn = [];
  }

  /** A narrower terminal has broken the longer lines already, and what is drawn takes more of its rows than there are lines. */
  readonly #resized = (): void => {
    const { columns } = sizeOf(this.#terminal);
    const rows = this.#drawn.map((line) => Math.max(1, Math.ceil(withoutColours(line).length / columns)));
    const added = rows.reduce((sum, count) => sum + count, 0) - this.#drawn.length;
    if (added > 0) this.#terminal.write(UP_AND_ERASE.repeat(added));
    this.#erase();
    this.#redraw();
  };
}

const sizeOf = ({ columns, rows }: Terminal): ScreenSize => ({ columns: columns || 80, rows: rows || 24 });
