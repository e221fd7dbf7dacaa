/**
 * Deliberate bugs, each put into running workers from outside: an isolation test that finds none of them proves nothing. The
 * code under test is untouched.
 */
import { COMMITTED, USER_ABORT } from '../../../../src/bench/contract.ts';
import { ABORT, COMMIT } from '../../../../src/shard/message-layout.ts';
import type { EmbeddedWorker } from './embedded-worker.ts';

export interface Defect {
  name: string;
  /** A scenario that must fail for it, by what it demands and not by an assertion of the engine. */
  caughtBy: string;
  spoil(worker: EmbeddedWorker): void;
}

export const DEFECTS: readonly Defect[] = [
  {
    name: 'a participant lets its locks go as soon as it has voted',
    caughtBy: '3.4.2.2 payment',
    spoil({ database, exchange: { participant } }) {
      const prepare = participant.prepare.bind(participant);
      participant.prepare = (...fragment) => {
        prepare(...fragment);
        for (const { owner } of participant['slots']) database.partition.locks.releaseAll(owner);
      };
    },
  },
  {
    name: 'what runs from start to end does not test the locks',
    caughtBy: '3.4.1 stock level, rollback',
    spoil({ database }) {
      const { access } = database.partition;
      Object.defineProperty(access, 'mustAsk', { get: () => access['keeps'] });
    },
  },
  {
    name: 'a reader does not ask for the rows that it finds',
    caughtBy: '3.4.2.2 payment',
    spoil({ database }) {
      database.partition.access.read = () => true;
    },
  },
  {
    name: 'a writer does not ask for the rows that it changes',
    caughtBy: '3.4.2.6 mirrored',
    spoil({ database }) {
      database.partition.access.write = () => true;
    },
  },
  {
    name: 'a fragment adds its amounts twice',
    caughtBy: '3.2.2.1 remote',
    spoil({ database, stepped }) {
      const execute = stepped.executeFragment.bind(stepped);
      stepped.executeFragment = (call) => {
        const before = call.transaction.writeSet.length;
        const done = execute(call);
        const { writeSet } = call.transaction;
        for (let entry = before; entry < writeSet.length; entry++) {
          const table = database.partition.tables[writeSet.table(entry)];
          const column = table.layout.columns[writeSet.column(entry)];
          if (column.kind !== 'integer') continue;
          const row = writeSet.row(entry);
          const now = table.getInteger(row, column);
          table.putInteger(row, column, now + (now - writeSet.oldNumber(entry)));
        }
        return done;
      };
    },
  },
  {
    name: 'an abort of a fragment undoes one write too few',
    caughtBy: '3.2.2.2 remote',
    spoil({ stepped }) {
      const execute = stepped.executeFragment.bind(stepped);
      stepped.executeFragment = (call) => {
        const { transaction } = call;
        const abort = transaction.abort.bind(transaction);
        transaction.abort = () => {
          const { writeSet } = transaction;
          if (writeSet.length > 0) writeSet.truncate(writeSet.length - 1);
          abort();
        };
        return execute(call);
      };
    },
  },
  {
    name: 'a rollback commits the fragments',
    caughtBy: '2.4.2.3',
    spoil({ stepped }) {
      const finish = stepped.finish.bind(stepped);
      stepped.finish = (terminal, nowMs) => {
        const outcome = finish(terminal, nowMs);
        return outcome === USER_ABORT ? COMMITTED : outcome;
      };
    },
  },
  {
    name: 'a rollback keeps the own part',
    caughtBy: '3.4.2.4',
    spoil({ database: { session } }) {
      const transaction = session['transaction'];
      const commit = transaction.commit.bind(transaction);
      transaction.abort = commit;
    },
  },
  {
    name: 'an ABORT never arrives',
    caughtBy: '3.4.2.2 payment',
    spoil({ exchange }) {
      const receive = exchange.receive.bind(exchange);
      exchange.receive = (type, ...frame) => {
        if (type !== ABORT) receive(type, ...frame);
      };
    },
  },
  {
    name: 'a COMMIT is taken for an ABORT',
    caughtBy: '3.4.2.1 payment',
    spoil({ exchange }) {
      const receive = exchange.receive.bind(exchange);
      exchange.receive = (type, ...frame) => receive(type === COMMIT ? ABORT : type, ...frame);
    },
  },
  {
    name: 'nobody who waits for a lock is woken',
    caughtBy: '3.4.2.5 mirrored',
    spoil({ exchange: { coordinator } }) {
      coordinator['blocked'].wake = () => false;
    },
  },
  {
    name: 'a New-Order that is refused keeps the number that it took',
    caughtBy: '3.4.2.3 stock',
    spoil({ database: { session, tables, partition } }) {
      const execute = session.newOrder.execute.bind(session.newOrder);
      session.newOrder.execute = (input, nowMs, remoteLines) => {
        const outcome = execute(input, nowMs, remoteLines);
        if (outcome === COMMITTED || outcome === USER_ABORT) return outcome;
        const { district } = tables;
        const row = district.primary.get(district.primary.key.of2(input.warehouseId, input.districtId));
        const transaction = partition.newTransaction();
        transaction.setInt32(
          district.table,
          row,
          district.nextOrderId,
          district.table.getInt32(row, district.nextOrderId) + 1,
        );
        transaction.commit();
        return outcome;
      };
    },
  },
  {
    name: 'a Delivery that is refused keeps what it had delivered by then',
    caughtBy: '3.4.2.5 mirrored',
    spoil({ database: { session } }) {
      const { delivery } = session;
      const execute = delivery.execute.bind(delivery);
      delivery.execute = (warehouseId, carrierId, nowMs) => {
        const outcome = execute(warehouseId, carrierId, nowMs);
        if (outcome === COMMITTED) return outcome;
        delivery['deliverOrder'](warehouseId, 0, carrierId, nowMs);
        session['transaction'].commit();
        return outcome;
      };
    },
  },
];
