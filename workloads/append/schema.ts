/** The table of the lists: one row an element, so that a read of a list is a range scan and an append an insert. */
import { columnIds } from '../../src/engine/row-sink.ts';
import { int32, integer, type KeyPart, type TableDefinition } from '../../src/engine/schema.ts';

const MOST_WAREHOUSES = 20_000;
/** Lists of a warehouse over all generations; see `inputs.ts`. */
export const LIST_RANGE = 2 ** 27;
/** Positions run from 1. */
export const MOST_ELEMENTS = 64;
export const POSITION_RANGE = MOST_ELEMENTS + 2;

const KEY: readonly KeyPart[] = [
  { column: 'L_W_ID', range: MOST_WAREHOUSES + 1 },
  { column: 'L_ID', range: LIST_RANGE },
  { column: 'L_POSITION', range: POSITION_RANGE },
];

export const ELEMENT = {
  name: 'ELEMENT',
  columns: { L_W_ID: int32, L_ID: int32, L_POSITION: int32, L_ELEMENT: integer },
  indexes: {
    primary: { kind: 'hash', key: KEY },
    inOrder: { kind: 'ordered', key: KEY, unique: true },
  },
} satisfies TableDefinition;

export const ELEMENT_COLUMN = columnIds(ELEMENT);

/** One number for a list: what a history calls its key. */
export const listKey = (warehouseId: number, listId: number): number => warehouseId * LIST_RANGE + listId;
