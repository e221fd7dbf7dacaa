/** A database that answers by a script: what scenarios demand, tried on databases of any behaviour. */
import { assert } from '../../../../src/assert.ts';
import type {
  Inputs,
  IsolationDriver,
  Observation,
  RunningTransaction,
  StoredData,
  TransactionType,
} from '../driver.ts';

/** What a transaction is seen to do while the first one that was stopped is, and afterwards. */
export interface ScriptedTransaction {
  type: TransactionType;
  stopped: Observation<TransactionType>;
  afterwards: Observation<TransactionType>;
}

export class ScriptedDriver implements IsolationDriver {
  readonly homeWarehouseId = 1;
  readonly awayWarehouseId = 2;
  readonly items = 100;
  readonly fixedPricesReason = null;
  readonly stored: StoredData;
  isClosed = false;
  private readonly script: readonly ScriptedTransaction[];
  private begun = 0;
  private wentOn = false;

  /** @param stored what the scenario reads, besides the conditions */
  constructor(script: readonly ScriptedTransaction[], stored: Partial<StoredData> = {}) {
    this.script = script;
    const passed = { id: '3.3.2.1', title: '', passed: true, checkedRows: 1, violationCount: 0, violations: [] };
    this.stored = { conditions: async () => [passed], ...stored } as StoredData;
  }

  async begin<Type extends TransactionType>(
    _warehouseId: number,
    type: Type,
    _input: Inputs[Type],
  ): Promise<RunningTransaction<Type>> {
    const scripted = this.script[this.begun++];
    assert(scripted?.type === type, `the script has ${scripted?.type} in place of ${type}`);
    return {
      observe: async () => (this.wentOn ? scripted.afterwards : scripted.stopped) as Observation<Type>,
      goOn: async () => {
        this.wentOn = true;
      },
    };
  }

  async close(): Promise<void> {
    this.isClosed = true;
  }
}
