/**
 * A terminal as far as drawing needs one: it keeps the lines on its screen, and breaks those anew that no longer fit when it
 * is resized, as most terminals do. An escape sequence that it does not know fails the test.
 */
import { EventEmitter } from 'node:events';

const ESCAPE = '\u001b';
const TOKEN = new RegExp(`${ESCAPE}\\[\\?2026[hl]|${ESCAPE}\\[(\\d*)([A-Za-z])|\n|\r|[^${ESCAPE}\n\r]+`, 'gu');

export class TestTerminal extends EventEmitter {
  columns: number;
  rows: number;
  isTTY = true;
  /** Everything since the beginning, what has left the screen included. */
  #rows: string[] = [''];
  #row = 0;
  #column = 0;

  constructor(columns: number, rows: number) {
    super();
    this.columns = columns;
    this.rows = rows;
  }

  /** All rows, without the empty ones at the end. */
  get lines(): string[] {
    return this.#rows
      .map((text) => text.trimEnd())
      .join('\n')
      .trimEnd()
      .split('\n');
  }

  /** Whether the next character would be the first one of an empty row below everything. */
  get isAtFreshLine(): boolean {
    return this.#column === 0 && this.#rows.slice(this.#row).every((text) => text.trimEnd() === '');
  }

  write(chunk: string): boolean {
    const tokens = [...chunk.matchAll(TOKEN)];
    const known = tokens.map(([token]) => token).join('');
    if (known !== chunk) throw new Error(`a sequence that no terminal is known to obey: ${JSON.stringify(chunk)}`);
    for (const [token, count, command] of tokens) this.#obey(token, Number(count || '1'), count ?? '', command);
    return true;
  }

  /** Breaks lines that are too long now, and tells whoever listens. */
  resize(columns: number, rows: number): void {
    this.columns = columns;
    this.rows = rows;
    const before = this.#rows.slice(0, this.#row);
    const rest = this.#rows.slice(this.#row);
    const broken = before.flatMap((text) => this.#broken(text));
    this.#rows = [...broken, ...rest];
    this.#row = broken.length;
    this.emit('resize');
  }

  #broken(text: string): string[] {
    const count = Math.max(1, Math.ceil(text.length / this.columns));
    return Array.from({ length: count }, (_, i) => text.slice(i * this.columns, (i + 1) * this.columns));
  }

  #obey(token: string, count: number, given: string, command: string | undefined): void {
    if (token.startsWith('\u001b[?') || command === 'm') return;
    if (token === '\n') this.#moveTo(this.#row + 1, 0);
    else if (token === '\r') this.#column = 0;
    else if (command === undefined) this.#print(token);
    else if (command === 'A') this.#moveTo(Math.max(this.#row - count, this.#top), this.#column);
    else if (command === 'B') this.#moveTo(this.#row + count, this.#column);
    else if (command === 'G') this.#column = count - 1;
    else if (command === 'K' && given === '2') this.#rows[this.#row] = '';
    else if (command === 'K' && given === '') this.#rows[this.#row] = this.#here.slice(0, this.#column);
    else throw new Error(`the test's terminal does not know ${JSON.stringify(token)}`);
  }

  /** The first row that is on the screen: the cursor reaches no further. */
  get #top(): number {
    return Math.max(0, this.#rows.length - this.rows);
  }

  get #here(): string {
    return this.#rows[this.#row] as string;
  }

  #moveTo(row: number, column: number): void {
    while (this.#rows.length <= row) this.#rows.push('');
    this.#row = row;
    this.#column = column;
  }

  #print(text: string): void {
    for (const character of text) {
      if (this.#column === this.columns) this.#moveTo(this.#row + 1, 0);
      const before = this.#here;
      const kept = before.slice(0, this.#column).padEnd(this.#column);
      this.#rows[this.#row] = kept + character + before.slice(this.#column + 1);
      this.#column++;
    }
  }
}
