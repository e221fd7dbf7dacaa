import type { Exchange } from '../shard/exchange.ts';

/** What the worker's messages and transactions over partitions came to; nothing for a worker that is alone. */
export function exchangeCounters(exchange: Exchange | null): Record<string, number> {
  if (exchange === null) return {};
  const { mailbox, coordinator, participant, malformed } = exchange;
  const drops: Record<string, number> =
    malformed > 0 ? { frameDropsTotal: malformed, dropsBy_malformed: malformed } : {};
  return { ...mailbox.counters, ...coordinator.counters, ...participant.counters, ...drops };
}
