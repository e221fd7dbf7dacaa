/**
 * What terminals ask for: a few reads and appends on lists of any warehouses. Knows no database.
 * It draws places; which list is in use at a place, `Generations` says at each attempt.
 */
import type { Generations } from './generations.ts';
import { RandomStream } from './random.ts';

/** Types of transactions: some appends, or reads alone. */
export const APPEND = 0;
export const READ = 1;

/** Kinds of operations. */
export const READ_LIST = 0;
export const APPEND_TO_LIST = 1;

export const MOST_OPERATIONS = 8;

export interface InputRules {
  totalWarehouses: number;
  /** Lists of a warehouse that are in use at once. */
  lists: number;
  mostOperations: number;
  remotePct: number;
  /** Percent of operations on the first list of the warehouse, besides those that chance brings there. */
  hotPct: number;
  userAbortPct: number;
  terminalsPerWarehouse: number;
}

/** One terminal: its place, its stream, and the input of its current transaction. */
export class Terminal {
  readonly warehouseId: number;
  type = APPEND;
  operations = 0;
  /** By operation. */
  readonly kinds = new Int32Array(MOST_OPERATIONS);
  readonly warehouseIds = new Int32Array(MOST_OPERATIONS);
  /** Place of the list among those in use, from 0. */
  readonly places = new Int32Array(MOST_OPERATIONS);
  /** Of the list; `choose` fills it. */
  readonly listIds = new Int32Array(MOST_OPERATIONS);
  /** What an append adds: unlike every other element of the run. */
  readonly elements = new Float64Array(MOST_OPERATIONS);
  /** The user aborts at the end. */
  aborts = false;
  private readonly rules: InputRules;
  private readonly random: RandomStream;
  private readonly elementStep: number;
  private nextElement: number;
  private readonly nextType: (random: RandomStream) => number;

  /** @param terminal number of the terminal within its warehouse, from 0 */
  constructor(
    seed: number,
    warehouseId: number,
    terminal: number,
    nextType: (random: RandomStream) => number,
    rules: InputRules,
  ) {
    this.warehouseId = warehouseId;
    this.rules = rules;
    this.nextType = nextType;
    this.random = new RandomStream(seed, warehouseId, terminal);
    this.elementStep = rules.totalWarehouses * rules.terminalsPerWarehouse;
    this.nextElement = (warehouseId - 1) * rules.terminalsPerWarehouse + terminal;
  }

  /** Chooses the next transaction, all but the lists' numbers. Returns the type. */
  draw(): number {
    const { random, rules } = this;
    this.type = this.nextType(random);
    this.operations = random.uniform(1, rules.mostOperations);
    for (let i = 0; i < this.operations; i++) {
      const appends = this.type === APPEND && (i === 0 || random.chance(50));
      this.kinds[i] = appends ? APPEND_TO_LIST : READ_LIST;
      this.warehouseIds[i] = this.warehouse();
      this.places[i] = random.chance(rules.hotPct) ? 0 : random.uniform(0, rules.lists - 1);
      this.elements[i] = 0;
      if (!appends) continue;
      this.elements[i] = this.nextElement;
      this.nextElement += this.elementStep;
    }
    this.aborts = this.type === APPEND && random.chance(rules.userAbortPct);
    return this.type;
  }

  /** Elements from now on are as large at least; terminals that are told the same still have their own. */
  appendFrom(element: number): void {
    this.nextElement += element;
  }

  /** The lists that are in use now, for one attempt: over many of them a list fills up. */
  choose(generations: Generations): void {
    for (let i = 0; i < this.operations; i++) {
      this.listIds[i] = generations.listAt(this.warehouseIds[i], this.places[i]);
    }
  }

  private warehouse(): number {
    const { random, rules, warehouseId } = this;
    if (rules.totalWarehouses === 1 || !random.chance(rules.remotePct)) return warehouseId;
    const other = random.uniform(1, rules.totalWarehouses - 1);
    return other < warehouseId ? other : other + 1;
  }
}
