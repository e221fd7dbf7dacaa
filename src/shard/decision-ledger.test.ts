import { describe, expect, it } from 'vitest';
import { COMMITTED } from './contract.ts';
import { DecisionLedger } from './decision-ledger.ts';
import { HEARD } from './message-layout.ts';
import { KNOWN_ABORT, KNOWN_COMMIT, OUTCOME_WINDOW, Outcomes, UNKNOWN } from './outcomes.ts';
import { ADD, operation, program, READ, TAKE } from './testing/program.ts';
import { Script } from './testing/script.ts';

const nobody = () => {
  throw new Error('nobody has to be asked');
};

describe('DecisionLedger', () => {
  it('admits everything where nobody outlives anybody', () => {
    const ledger = new DecisionLedger(false);
    ledger.send(1, 1);
    expect(ledger.admits(1e9, nobody)).toBe(true);
  });

  it('admits whatever comes while decisions are confirmed', () => {
    const ledger = new DecisionLedger(true);
    for (let sequence = 1; sequence < 3 * OUTCOME_WINDOW; sequence++) {
      expect(ledger.admits(sequence, nobody)).toBe(true);
      ledger.send(sequence % 3, sequence);
      ledger.confirm(sequence % 3, Math.ceil(sequence / 3));
    }
  });

  it('asks who is silent, then admits no more until that one has heard, and lets go of one that is lost', () => {
    const ledger = new DecisionLedger(true);
    const asked: number[] = [];
    ledger.send(7, 1);
    ledger.send(8, 1);
    ledger.confirm(8, 1);
    let sequence = 2;
    while (ledger.admits(sequence, (participant) => asked.push(participant))) sequence++;
    expect(sequence).toBeLessThan(OUTCOME_WINDOW);
    expect(sequence).toBeGreaterThan(OUTCOME_WINDOW / 4);
    expect(new Set(asked)).toEqual(new Set([7]));
    expect(asked.length).toBeLessThan(10);
    ledger.send(7, sequence);
    ledger.confirm(7, 1);
    expect(ledger.admits(sequence, nobody)).toBe(true);
    while (ledger.admits(sequence, () => {})) sequence++;
    ledger.forget(7);
    expect(ledger.admits(sequence, nobody)).toBe(true);
  });

  it('counts confirmations over the whole range of an int32', () => {
    const ledger = new DecisionLedger(true);
    const most = 2 ** 31 - 1;
    ledger.confirm(7, 0);
    for (const heard of [1, 2]) {
      ledger.send(7, heard);
      ledger.confirm(7, heard);
    }
    const sent = (ledger as unknown as { sent: Map<number, { confirmed: number }> }).sent.get(7);
    if (sent !== undefined) sent.confirmed = most;
    ledger.send(7, 3);
    ledger.send(7, 4);
    ledger.confirm(7, (most + 2) | 0);
    expect(ledger.admits(1e6, nobody)).toBe(true);
  });
});

describe('Outcomes', () => {
  it('remembers the last attempts of each coordinator', () => {
    const outcomes = new Outcomes(true);
    for (let sequence = 1; sequence <= OUTCOME_WINDOW + 2; sequence++) {
      outcomes.note({ fromWorker: 3, sequence }, sequence % 2 === 0, 0);
    }
    expect(outcomes.of(3, 2)).toBe(UNKNOWN);
    expect(outcomes.of(3, 3)).toBe(KNOWN_ABORT);
    expect(outcomes.of(3, OUTCOME_WINDOW + 2)).toBe(KNOWN_COMMIT);
    expect(outcomes.of(3, OUTCOME_WINDOW + 3)).toBe(UNKNOWN);
    expect(outcomes.of(4, 3)).toBe(UNKNOWN);
  });

  it('keeps nothing where nobody may ask', () => {
    const outcomes = new Outcomes(false);
    outcomes.note({ fromWorker: 3, sequence: 1 }, true, 0);
    outcomes.hear(3);
    expect(outcomes.of(3, 1)).toBe(UNKNOWN);
    expect(outcomes.heardFrom(3)).toBe(0);
  });
});

describe('a coordinator of which a participant hears nothing', () => {
  it('holds its transactions back before outcomes are forgotten that somebody may ask for, and then goes on', () => {
    const script = new Script({ severalProcesses: true });
    const { coordinator } = script.member(0).exchange;
    const both = [operation(1, ADD, 0, 1), operation(2, ADD, 0, 1), operation(0, TAKE, 0, 2)];
    script.start(0, 0, program('both', both));
    script.pass(0, 1);
    script.pass(0, 2);
    script.pass(1, 0);
    script.pass(2, 0);
    expect(script.cluster.outcomes(0)).toEqual([COMMITTED]);
    // From here on the decision for worker 2 stays on its way, and worker 1 answers.
    const start = () => script.start(0, 0, program('lookup', [operation(1, READ, 0)]));
    const turn = () => {
      script.pass(0, 1);
      script.pass(1, 0);
      script.pause(0, 1);
    };
    for (let i = 0; i < 2 * OUTCOME_WINDOW && coordinator.counters.attempts < OUTCOME_WINDOW; i++) {
      if (!script.member(0).running[0]) start();
      turn();
    }
    expect(coordinator.counters.attempts).toBeGreaterThan(OUTCOME_WINDOW / 4);
    expect(coordinator.counters.attempts).toBeLessThan(OUTCOME_WINDOW);
    expect(script.types(0, 2)).toContain(HEARD);
    expect(script.finish()).toEqual([]);
    expect(coordinator.inFlight).toBe(0);
    start();
    expect(script.finish()).toEqual([]);
    expect(script.cluster.completions.every(({ outcome }) => outcome === COMMITTED)).toBe(true);
  });
});
