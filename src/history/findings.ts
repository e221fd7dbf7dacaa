/** What a check finds: anomalies by the names of Adya (PhD thesis, 1999) and Elle (VLDB 2020), with witnesses. */

/** Anomalies and what they mean, the most elementary first. */
export const ANOMALIES = {
  'incompatible order': 'two reads of a key, or a read and its writer, disagree about the order of the elements',
  'duplicate elements': 'a read shows one append twice',
  'garbage read': 'a read shows an element that no transaction of the history appended',
  internal: 'a transaction does not see its own reads and appends in the order in which it made them',
  G1a: 'aborted read: a committed transaction read what an aborted one appended',
  'dirty update': 'a committed append builds on an aborted one',
  G1b: 'intermediate read: a transaction read what another one appended and then appended to again',
  G0: 'write cycle: the appends of transactions stand in opposite orders',
  G1c: 'circular information flow: a cycle of appends and reads of them',
  'lost update': 'two transactions read the same version of a key and both append to it',
  'G-single': 'a cycle with exactly one anti-dependency (a read that misses an append)',
  'G2-item': 'a cycle with several anti-dependencies, as write skew',
  'stale read': 'a read misses an append that was complete before the reader began',
  'G0-realtime': 'a cycle of appends and real time',
  'G1c-realtime': 'a cycle of appends, reads of them and real time',
  'G-single-realtime': 'a cycle with exactly one anti-dependency, and real time',
  'G2-item-realtime': 'a cycle with several anti-dependencies, and real time',
} as const;

export type AnomalyName = keyof typeof ANOMALIES;

/** ww: appended behind; wr: read it; rw: missed it (anti-dependency); rt: began after its end. */
export type DependencyKind = 'ww' | 'wr' | 'rw' | 'rt';

/** `elements` is null for reads of transactions that did not commit: what they saw says nothing. */
export type OperationView = { read: number; elements: number[] | null } | { append: number; element: number };

/** A transaction of a witness. Null: the history has no record of it. */
export interface TransactionView {
  /** T1, T2, ... within the witness. */
  name: string;
  worker: number | null;
  terminal: number | null;
  /** Number among the transactions of its terminal, from 1. */
  sequence: number | null;
  outcome: 'committed' | 'aborted' | 'unknown' | 'no record';
  startNs: number | null;
  endNs: number | null;
  operations: OperationView[];
}

export interface WitnessStep {
  from: string;
  to: string;
  kind: DependencyKind;
  /** Why the edge exists. */
  reason: string;
}

/** A set of transactions that shows the anomaly. */
export interface Witness {
  transactions: TransactionView[];
  /** The edges of a cycle, in order; empty where there is no cycle. */
  steps: WitnessStep[];
  /** Says what is wrong where there is no cycle. */
  explanation: string;
}

export interface Finding {
  anomaly: AnomalyName;
  /** Reads, keys or separate groups of transactions with it; each group of a cycle counts once. */
  instances: number;
  witnesses: Witness[];
}

/** Collects findings and keeps the first witnesses of each. */
export class Findings {
  readonly #found = new Map<AnomalyName, Finding>();
  readonly #witnessesMax: number;

  constructor(witnessesMax: number) {
    this.#witnessesMax = witnessesMax;
  }

  /** @param makeWitness is called only where the witness is kept */
  add(anomaly: AnomalyName, makeWitness: () => Witness): void {
    let finding = this.#found.get(anomaly);
    if (finding === undefined) {
      finding = { anomaly, instances: 0, witnesses: [] };
      this.#found.set(anomaly, finding);
    }
    finding.instances++;
    if (finding.witnesses.length < this.#witnessesMax) finding.witnesses.push(makeWitness());
  }

  /** In the order of `ANOMALIES`. */
  list(): Finding[] {
    const names = Object.keys(ANOMALIES) as AnomalyName[];
    return names.flatMap((name) => this.#found.get(name) ?? []);
  }
}
