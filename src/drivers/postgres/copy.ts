/** Rows by COPY in its text format (PostgreSQL, COPY, "Text Format"): as fast into a table as the protocol goes. */
import { once } from 'node:events';
import type { Writable } from 'node:stream';
import type { Submittable, Connection as Wire } from 'pg';
import type { BulkRows } from '../contract.ts';
import { quoteName } from './names.ts';
import { encodeValue } from './values.ts';

/** Text that is collected before it is handed to the socket. */
const CHUNK_CHARACTERS = 64 * 1024;

interface WireCalls {
  query(text: string): void;
  sendCopyFromChunk(chunk: Buffer): void;
  endCopyFrom(): void;
  sendCopyFail(reason: string): void;
  stream: Writable;
}

export class Copy implements Submittable {
  readonly done: Promise<void>;
  private readonly rows: BulkRows;
  private readonly prefix: string;
  private resolve: () => void = () => {};
  private reject: (error: unknown) => void = () => {};

  /** @param prefix a statement to send before it, with its semicolon */
  constructor(rows: BulkRows, prefix: string) {
    this.rows = rows;
    this.prefix = prefix;
    this.done = new Promise((resolve, reject) => {
      this.resolve = resolve;
      this.reject = reject;
    });
  }

  submit(connection: Wire): void {
    const { table, columns } = this.rows;
    const names = columns.map(({ name }) => quoteName(name)).join(', ');
    (connection as unknown as WireCalls).query(`${this.prefix}COPY ${quoteName(table)} (${names}) FROM STDIN`);
  }

  handleCopyInResponse(connection: Wire): void {
    const wire = connection as unknown as WireCalls;
    this.send(wire).then(
      () => wire.endCopyFrom(),
      // The server answers with an error of its own, which would hide this one.
      (error: unknown) => {
        this.reject(error);
        wire.sendCopyFail('dbtest could not make the rows');
      },
    );
  }

  private async send(wire: WireCalls): Promise<void> {
    for (const text of copyText(this.rows, CHUNK_CHARACTERS)) {
      wire.sendCopyFromChunk(Buffer.from(text));
      if (wire.stream.writableNeedDrain) await Promise.race([once(wire.stream, 'drain'), once(wire.stream, 'close')]);
      if (wire.stream.destroyed) return;
    }
  }

  handleCommandComplete(): void {}

  handleError(error: unknown): void {
    this.reject(error);
  }

  handleReadyForQuery(): void {
    this.resolve();
  }
}

/** The rows as lines, in pieces of about `pieceCharacters`. */
export function* copyText({ columns, rowCount }: BulkRows, pieceCharacters: number): Generator<string> {
  let text = '';
  for (let row = 0; row < rowCount; row++) {
    for (let i = 0; i < columns.length; i++) {
      const { type, values } = columns[i];
      const value = values[row];
      if (i > 0) text += '\t';
      if (value === null) text += '\\N';
      else text += type.kind === 'text' ? escaped(encodeValue(value, type)) : encodeValue(value, type);
    }
    text += '\n';
    if (text.length >= pieceCharacters) {
      yield text;
      text = '';
    }
  }
  if (text !== '') yield text;
}

const SPECIAL = /[\\\t\n\r]/;
const ESCAPES: Readonly<Record<string, string>> = { '\\': '\\\\', '\t': '\\t', '\n': '\\n', '\r': '\\r' };

const escaped = (text: string): string =>
  SPECIAL.test(text) ? text.replace(/[\\\t\n\r]/g, (character) => ESCAPES[character]) : text;
