import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { Dialect, IsolationLevel } from '../../../src/drivers/contract.ts';
import { describeWithServer } from '../../../src/drivers/testing/installation.ts';
import { TEST_KINDS, type TestKind } from '../sql/testing/test-databases.ts';
import { runScenario, SCENARIOS } from './isolation-suite.ts';
import type { Meeting } from './scenario.ts';
import { SqlDriver } from './testing/sql-driver.ts';
import { SqlSessions } from './testing/sql-sessions.ts';

/**
 * Phenomena of the specification (3.4.1): P1 dirty read, P2 non-repeatable read, P3 phantom. A scenario that is not here is
 * one of dirty writes (P0) or of atomicity, which no level permits.
 */
const SHOWN_BY: Readonly<Record<string, 'P1' | 'P2' | 'P3'>> = {
  '3.4.2.2': 'P1',
  '3.4.2.2 payment': 'P1',
  '3.4.1 stock level, rollback': 'P1',
  '3.4.2.7': 'P2',
  '3.4.2.8': 'P3',
  '3.4.2.9': 'P3',
};

interface Level {
  isolation: IsolationLevel;
  /**
   * Phenomena that the suite finds: no more, and no fewer, or it would not have looked. Of those that a level permits, as an
   * SQL level of the name does, snapshots show none (PostgreSQL) or only at the weakest levels (InnoDB).
   */
  shows: readonly string[];
  /** Whether readers wait for writers too, and writers for readers. */
  readersWait: boolean;
}

const LEVELS: Readonly<Record<Dialect, readonly Level[]>> = {
  postgres: [
    { isolation: 'serializable', shows: [], readersWait: false },
    { isolation: 'repeatable read', shows: [], readersWait: false },
    { isolation: 'read committed', shows: ['P2', 'P3'], readersWait: false },
  ],
  mysql: [
    { isolation: 'serializable', shows: [], readersWait: true },
    { isolation: 'repeatable read', shows: [], readersWait: false },
    { isolation: 'read uncommitted', shows: ['P1', 'P2', 'P3'], readersWait: false },
  ],
  sqlite: [{ isolation: 'serializable', shows: [], readersWait: true }],
};

/** Scenarios where what meets is a reader and a writer; in all others it is writers of one row. */
const READERS: ReadonlySet<string> = new Set([
  ...['3.4.2.1', '3.4.2.2', '3.4.2.1 payment', '3.4.2.2 payment', '3.4.2.7', '3.4.2.8', '3.4.2.9'],
  ...['3.4.1 stock level, commit', '3.4.1 stock level, rollback'],
]);

/** So that no scenario passes because nothing met. */
function expectedMeetings(id: string, readersWait: boolean): readonly Meeting[] {
  const reader: Meeting = readersWait ? 'waits' : 'completes';
  if (id.startsWith('3.2.2') || id === '2.4.2.3') return [];
  if (id === '3.4.2.8 waiting') return ['waits', reader];
  if (id === '3.4.2.9 waiting') return [reader, reader];
  return [READERS.has(id) ? reader : 'waits'];
}

describe.each(TEST_KINDS)('transactions that meet on $dialect', (kind: TestKind) => {
  describeWithServer(kind.installation, 'with sessions of their own', () => {
    let sessions: SqlSessions;
    beforeAll(async () => {
      sessions = await SqlSessions.open(kind);
    });
    afterAll(() => sessions?.close());

    describe.each(LEVELS[kind.dialect])('at $isolation', ({ isolation, shows, readersWait }) => {
      it('run at that level', async () => {
        expect(await sessions.isolationInForce(isolation)).toBe(isolation);
      });

      it.each(SCENARIOS)('$id: $title', async (scenario) => {
        const { id } = scenario;
        const result = await runScenario(scenario, () => SqlDriver.open(sessions, isolation));
        const isShown = shows.includes(SHOWN_BY[id] ?? 'never');
        expect(result.verdict, result.violations.join('\n')).toBe(isShown ? 'failed' : 'passed');
        expect(result.meetings).toEqual(expectedMeetings(id, readersWait));
      });
    });
  });
});
