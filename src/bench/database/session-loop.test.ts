import { beforeAll, describe, expect, it } from 'vitest';
import { type Connection, DatabaseError, type DatabaseErrorKind } from '../../drivers/contract.ts';
import { COMMITTED, type Outcome, QUEUED } from '../contract.ts';
import { ControlBlock, PHASE_DRAIN, PHASE_MEASURE } from '../control-block.ts';
import { ClosedLoop } from '../pacing/closed-loop.ts';
import { prepareHistograms, Recorder } from '../recorder.ts';
import type { DatabaseSession } from './contract.ts';
import { SessionConnections } from './session-connections.ts';
import { SessionGroup } from './session-group.ts';
import { SessionLoop } from './session-loop.ts';
import { ShardRouting } from './shard-routing.ts';

const TYPE = {
  key: 'only',
  title: 'Only',
  deckCards: 1,
  leastMixPct: null,
  keyingSeconds: 0,
  thinkMeanSeconds: 0,
  limitSeconds: 5,
  deferredLimitSeconds: 80,
};

/** What the attempts come to, in their order; then the measurement ends. */
type Attempt = Outcome | DatabaseErrorKind;

beforeAll(prepareHistograms);

/** Runs one terminal until every attempt is made. `refusals`: how often another connection is refused. */
async function run(attempts: readonly Attempt[], deferred: readonly Attempt[] = [], refusals = 0) {
  const control = new ControlBlock();
  const news: string[] = [];
  const recorder = new Recorder([TYPE]);
  const group = new SessionGroup(recorder, control, ['started'], {
    connectionLost: (message) => news.push(`lost ${message}`),
    failed: (message) => news.push(`failed ${message}`),
  });
  const left = [...attempts];
  const deferredLeft = [...deferred];
  const take = (from: Attempt[]): Outcome => {
    const next = from.shift() ?? COMMITTED;
    if (left.length === 0 && deferredLeft.length === 0) control.setPhase(PHASE_DRAIN);
    if (typeof next === 'number') return next;
    throw new DatabaseError(next, next);
  };
  let queued = 0;
  const session: DatabaseSession = {
    counters: new Float64Array(1),
    draw: () => 0,
    count() {
      this.counters[0]++;
    },
    async execute(_terminal, transaction) {
      await transaction.on(0);
      const outcome = take(left);
      if (outcome === QUEUED) queued++;
      else await transaction.commit();
      return outcome;
    },
    get deferredCount() {
      return queued;
    },
    async executeDeferred(transaction) {
      await transaction.on(0);
      take(deferredLeft);
      await transaction.commit();
      queued--;
    },
    dropDeferred: () => queued--,
  };
  let refused = refusals;
  let opened = 0;
  const lostIn = { now: false };
  const open = async (): Promise<Connection> => {
    if (opened > 0 && refused-- > 0) throw new DatabaseError('connection', 'refused');
    opened++;
    lostIn.now = false;
    return {
      begin() {},
      commit: async () => [],
      rollback: async () => {
        if (lostIn.now) throw new DatabaseError('connection', 'gone');
      },
      close: async () => {},
    } as Partial<Connection> as Connection;
  };
  const execute = session.execute.bind(session);
  session.execute = async (...args) => {
    try {
      return await execute(...args);
    } catch (error) {
      lostIn.now = error instanceof DatabaseError && error.kind === 'connection';
      throw error;
    }
  };
  const connections = new SessionConnections(new ShardRouting(1, 1), 0, open, 'dbtest:run:0.0.0');
  await connections.to(0);
  control.setPhase(PHASE_MEASURE);
  const loop = new SessionLoop(session, connections, [0], new ClosedLoop(1), group, () => 0.5);
  const report = await group.run([loop]);
  return { report, recorded: report.recorded.types[0], news, opened, queued };
}

describe('the loop of a session', () => {
  it('tries again what was undone for another transaction, and counts each attempt and one transaction', async () => {
    const { report, recorded, news } = await run(['conflict', 'conflict', COMMITTED, 'conflict', COMMITTED, COMMITTED]);
    expect(recorded).toMatchObject({ commits: 3, conflictAborts: 3, failed: 0 });
    expect(report.counters['started']).toBe(3);
    expect(news).toEqual([]);
  });

  it('gives up a transaction whose connection is lost, opens another one and goes on', async () => {
    const { recorded, news, opened, report } = await run([COMMITTED, 'connection', COMMITTED, COMMITTED], [], 1);
    expect(recorded).toMatchObject({ commits: 3, failed: 1 });
    expect(news).toEqual(['lost connection']);
    expect(opened).toBe(2);
    expect(report.exchange).toMatchObject({ sessions: 1, connectionsLost: 1, connectionsReopened: 1 });
  });

  it('stops at any other error, with what was measured until then', async () => {
    const { recorded, news, report } = await run([COMMITTED, COMMITTED, 'other', COMMITTED]);
    expect(recorded).toMatchObject({ commits: 2, failed: 0 });
    expect(news).toEqual(['failed other']);
    expect(report.measuredSeconds).toBeGreaterThan(0);
  });

  it('answers a queued transaction at once, executes it behind, and leaves none queued', async () => {
    const { recorded, queued } = await run([QUEUED, COMMITTED, QUEUED, COMMITTED], ['conflict', COMMITTED, COMMITTED]);
    expect(recorded).toMatchObject({ deferredCompleted: 2, conflictAborts: 1 });
    expect(recorded.commits).toBeGreaterThanOrEqual(3);
    expect(queued).toBe(0);
  });
});
