import { describe, expect, it } from 'vitest';
import { ControlBlock, PHASE_IDLE, PHASE_MEASURE } from './control-block.ts';

describe('ControlBlock', () => {
  it('shows two threads the same words and figures, none over another', () => {
    const mine = new ControlBlock();
    const theirs = new ControlBlock(mine.memory);
    expect(theirs.phase).toBe(PHASE_IDLE);
    mine.setPhase(PHASE_MEASURE);
    theirs.publishLoad(11, 22, 33);
    theirs.publishRun(44, 55);
    expect(theirs.phase).toBe(PHASE_MEASURE);
    expect([mine.rowsLoaded, mine.rowsExpected, mine.completed, mine.engineBytes]).toEqual([11, 22, 44, 55]);
    expect([mine.memoryReached, mine.cancelled]).toEqual([false, false]);
    theirs.reportMemoryReached();
    expect([mine.memoryReached, theirs.cancelled]).toEqual([true, false]);
    mine.cancelLoad();
    expect([theirs.memoryReached, theirs.cancelled, theirs.phase]).toEqual([true, true, PHASE_MEASURE]);
  });
});
