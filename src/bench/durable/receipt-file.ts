/**
 * What a client keeps: a line in a file for each acknowledged transaction that has a receipt, in the system's hands before the
 * next turn begins. Whatever stands there was promised, also when the process is killed right after.
 */
import { closeSync, openSync, writeSync } from 'node:fs';
import { assert } from '../../assert.ts';
import { attempt } from '../../durability/disk.ts';
import { fileFault } from '../../errors.ts';
import type { WorkloadModule, WorkloadSession } from '../contract.ts';
import type { ReceiptHook } from '../worker-hooks.ts';

export class ReceiptFile implements ReceiptHook {
  private readonly path: string;
  private readonly session: WorkloadSession;
  private readonly text: (receipt: number) => string;
  private readonly keys: string[];
  private readonly descriptor: number;
  private lines = '';

  /** @throws OperatingFault FILE */
  constructor(path: string, session: WorkloadSession, workload: WorkloadModule) {
    const { receiptText } = workload;
    assert(receiptText !== undefined && session.receipt !== undefined, 'the workload gives receipts');
    this.path = path;
    this.session = session;
    this.text = receiptText;
    this.keys = workload.transactionTypes.map(({ key }) => key);
    try {
      this.descriptor = openSync(path, 'a');
    } catch (error) {
      throw fileFault('open', path, error);
    }
  }

  of(terminal: number): number {
    return this.session.receipt?.(terminal) ?? Number.NaN;
  }

  note(type: number, receipt: number): void {
    if (!Number.isNaN(receipt)) this.lines += `${this.keys[type]} ${this.text(receipt)}\n`;
  }

  flush(): void {
    if (this.lines === '') return;
    attempt('write', this.path, () => {
      const bytes = Buffer.from(this.lines);
      for (let from = 0; from < bytes.length; ) from += writeSync(this.descriptor, bytes, from);
    });
    this.lines = '';
  }

  close(): void {
    this.flush();
    closeSync(this.descriptor);
  }
}
