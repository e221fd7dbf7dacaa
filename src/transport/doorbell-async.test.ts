import { afterEach, describe, expect, it, vi } from 'vitest';
import { createDoorbell, Doorbell } from './doorbell.ts';

/** The sleeper's and a sender's object over one doorbell. */
function open(): { owner: Doorbell; sender: Doorbell } {
  const memory = createDoorbell();
  return { owner: new Doorbell(memory), sender: new Doorbell(memory) };
}

/** Long enough for everything that is under way on this thread. */
const settle = () => new Promise((resolve) => setTimeout(resolve, 20));

afterEach(() => vi.restoreAllMocks());

describe('Doorbell.parkAsync', () => {
  it.each([false, true])('calls back when it is rung (waits for room: %s)', async (waitsForRoom) => {
    const { owner, sender } = open();
    const woken = vi.fn();
    owner.announce(waitsForRoom);
    owner.parkAsync(woken);
    await settle();
    expect(woken).not.toHaveBeenCalled();
    if (waitsForRoom) sender.ringForRoom();
    else sender.ring();
    await vi.waitFor(() => expect(woken).toHaveBeenCalledTimes(1));
    expect([owner.counters.parks, sender.counters.wakesSent]).toEqual([1, 1]);
  });

  it('calls back when it was rung between the announcement and the park', async () => {
    const { owner, sender } = open();
    const woken = vi.fn();
    owner.announce(false);
    sender.ring();
    owner.parkAsync(woken);
    await vi.waitFor(() => expect(woken).toHaveBeenCalledTimes(1));
  });

  it('calls nobody back on this turn', () => {
    const { owner, sender } = open();
    const woken = vi.fn();
    owner.announce(false);
    sender.ring();
    owner.parkAsync(woken);
    expect(woken).not.toHaveBeenCalled();
  });

  it('keeps one wait through cancelled sleeps, which a ring of the last one ends', async () => {
    const waitAsync = vi.spyOn(Atomics, 'waitAsync');
    const { owner, sender } = open();
    const woken = vi.fn();
    for (let i = 0; i < 5; i++) {
      owner.announce(i % 2 === 0);
      owner.parkAsync(woken);
      await settle();
      owner.cancel();
    }
    sender.ring();
    await settle();
    expect(woken).not.toHaveBeenCalled();
    owner.announce(false);
    owner.parkAsync(woken);
    sender.ring();
    await vi.waitFor(() => expect(woken).toHaveBeenCalledTimes(1));
    expect(waitAsync).toHaveBeenCalledTimes(1);
    expect(owner.counters.parks).toBe(6);
  });

  it('can be rung again at once after it was woken', async () => {
    const { owner, sender } = open();
    for (let i = 1; i <= 100; i++) {
      const woken = vi.fn();
      owner.announce(false);
      owner.parkAsync(woken);
      sender.ring();
      await vi.waitFor(() => expect(woken).toHaveBeenCalledTimes(1), { interval: 1 });
      owner.cancel();
      expect(sender.counters.wakesSent).toBe(i);
    }
  });

  it('loses no wake when a sleep begins while the wake of the one before is still on its way', async () => {
    const { owner, sender } = open();
    const woken = vi.fn();
    owner.announce(false);
    owner.parkAsync(woken);
    sender.ring();
    // Something else came first: the owner is up before its callback, and goes to sleep again.
    owner.cancel();
    owner.announce(false);
    owner.parkAsync(woken);
    sender.ring();
    await vi.waitFor(() => expect(woken).toHaveBeenCalled());
  });
});
