import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { HEADER_BYTES } from './block-layout.ts';
import { blocksOfFile } from './history-file.ts';
import { blocksOf, parseScript } from './testing/scripts.ts';

let folder: string;
let path: string;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'dbtest-history-'));
  path = join(folder, 'run.history');
});
afterEach(() => rmSync(folder, { recursive: true }));

const BLOCKS = blocksOf(parseScript('T1 0..1 @0 ok a x 1\nT2 0..1 @1 ok a x 2\nT3 0..1 @2 ok r x [1 2]'));
const LAST = BLOCKS[2] as Uint8Array;
const BEFORE_LAST = BLOCKS.slice(0, 2);
const LAST_AT = BEFORE_LAST.reduce((sum, block) => sum + block.length, 0);

function read(bytes: readonly Uint8Array[]): { blocks: Buffer[]; notes: string[] } {
  writeFileSync(path, Buffer.concat(bytes));
  const notes: string[] = [];
  return {
    blocks: Array.from(
      blocksOfFile(path, (note) => notes.push(note)),
      (each) => Buffer.from(each.bytes),
    ),
    notes,
  };
}

describe('a file of blocks', () => {
  it('gives them back', () => {
    expect(read(BLOCKS)).toEqual({ blocks: BLOCKS.map((block) => Buffer.from(block)), notes: [] });
  });

  it('loses a last block that is torn anywhere, with a note', () => {
    for (let length = 1; length < LAST.length; length++) {
      const { blocks, notes } = read([...BEFORE_LAST, LAST.subarray(0, length)]);
      expect(blocks).toHaveLength(2);
      expect(notes).toEqual([`${path}: at byte ${LAST_AT}: the last block is torn; ${length} bytes are left out`]);
    }
  });

  it('loses a last block whose pages were not all written', () => {
    const half = LAST.slice();
    half.fill(0, HEADER_BYTES + 2);
    expect(read([...BEFORE_LAST, half]).notes).toHaveLength(1);
    expect(read([...BEFORE_LAST, new Uint8Array(500)])).toMatchObject({
      notes: [expect.stringContaining('500 bytes')],
    });
  });

  it.each<[what: string, bytes: readonly Uint8Array[], at: number]>([
    ['what is no history', [Buffer.from('Lorem ipsum dolor sit amet, consectetur adipiscing elit, sed do eiusmod')], 0],
    ['a short text', [Buffer.from('hello')], 0],
    ['garbage between blocks', [BEFORE_LAST[0], new Uint8Array(8), BEFORE_LAST[1]], BEFORE_LAST[0].length],
    ['a damaged header', [damaged(BEFORE_LAST[0], 41), BEFORE_LAST[1]], 0],
  ])('is refused for %s', (_, bytes, at) => {
    expect(() => read(bytes)).toThrow(`${path}: at byte ${at}: `);
  });

  it('is refused when it is not there or no file', () => {
    expect(() => [...blocksOfFile(join(folder, 'gone'), () => undefined)]).toThrow('cannot open');
    expect(() => [...blocksOfFile(folder, () => undefined)]).toThrow('cannot read');
  });
});

function damaged(block: Uint8Array, at: number): Uint8Array {
  const copy = block.slice();
  copy[at] ^= 1;
  return copy;
}
