import { afterEach, describe, expect, it, vi } from 'vitest';
import { createDoorbell, Doorbell } from './doorbell.ts';

/** The sleeper's and a sender's object over one doorbell. */
function open(): { owner: Doorbell; sender: Doorbell } {
  const memory = createDoorbell();
  return { owner: new Doorbell(memory), sender: new Doorbell(memory) };
}

const LONG_MS = 60_000;

afterEach(() => vi.restoreAllMocks());

describe('Doorbell', () => {
  it('is not heard by a thread that is awake', () => {
    const notify = vi.spyOn(Atomics, 'notify');
    const { owner, sender } = open();
    sender.ring();
    sender.ringForRoom();
    expect(notify).not.toHaveBeenCalled();
    expect(sender.counters).toEqual({ wakesSent: 0, wakesSuppressed: 1, parks: 0 });
    owner.announce(false);
    expect(owner.park(1)).toBe(false);
    expect(owner.counters.parks).toBe(1);
  });

  it.each([false, true])('ends a sleep that was announced and has not begun (waits for room: %s)', (waitsForRoom) => {
    const { owner, sender } = open();
    owner.announce(waitsForRoom);
    sender.ring();
    expect(owner.park(LONG_MS)).toBe(true);
    expect(sender.counters).toEqual({ wakesSent: 1, wakesSuppressed: 0, parks: 0 });
  });

  it('wakes once, however many ring', () => {
    const notify = vi.spyOn(Atomics, 'notify');
    const { owner, sender } = open();
    owner.announce(true);
    sender.ringForRoom();
    for (let i = 0; i < 3; i++) sender.ring();
    sender.ringForRoom();
    expect(notify).toHaveBeenCalledTimes(1);
    expect(sender.counters).toEqual({ wakesSent: 1, wakesSuppressed: 3, parks: 0 });
  });

  it('tells of room only those that wait for room', () => {
    const { owner, sender } = open();
    owner.announce(false);
    sender.ringForRoom();
    expect(owner.park(1)).toBe(false);
    owner.announce(true);
    sender.ringForRoom();
    expect(owner.park(LONG_MS)).toBe(true);
    expect(sender.counters).toEqual({ wakesSent: 1, wakesSuppressed: 0, parks: 0 });
  });

  it('forgets a wake with the sleep that it was for', () => {
    const { owner, sender } = open();
    owner.announce(false);
    sender.ring();
    owner.cancel();
    sender.ring();
    expect(sender.counters).toEqual({ wakesSent: 1, wakesSuppressed: 1, parks: 0 });
    owner.announce(false);
    expect(owner.park(1)).toBe(false);
    sender.ring();
    expect(sender.counters.wakesSuppressed).toBe(2);
  });

  it('leaves the wake to the thread that was faster', () => {
    const { owner, sender } = open();
    const other = new Doorbell(sender['words'].buffer);
    owner.announce(false);
    const seen = sender.look();
    expect([other.take(seen), sender.take(seen)]).toEqual([true, false]);
  });
});
