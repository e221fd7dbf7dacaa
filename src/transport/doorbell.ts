/// <reference lib="es2024.sharedmemory" />
/**
 * How a thread without work sleeps, and how others wake it: one word in shared memory for each thread, for all of its
 * inbound rings and for the room in its outbound ones.
 *
 * The thread that parks            A thread that sent it frames       A thread that released its frames
 *   announce(waitsForRoom)           outbox.flush()                     consumer.release()
 *   look at every ring again         ring()                             ringForRoom()
 *   cancel() or park(timeoutMs)
 *   (with an event loop: parkAsync, and cancel() as soon as anything wakes it)
 *
 * Both sides store first and load second, and JavaScript's atomics have one order: either the sleeper's second look
 * finds the frame (the room), or the other side finds the announcement. Between look and sleep a waker changes the
 * word, on which `Atomics.wait` then does not fall asleep. So a time limit is for other duties, never for a lost wake.
 *
 * A thread with a backlog must not go to sleep on frames alone: its backlog moves on only when it wakes for room.
 */

/** The states of the word. Only its owner leaves or enters AWAKE; others only turn a parked state into WOKEN. */
export const AWAKE = 0;
export const PARKED = 1;
export const PARKED_FOR_ROOM = 2;
export const WOKEN = 3;

/** The word's place in int32 elements; 128 bytes before and after it belong to nobody. */
const STATE = 32;
const SIZE_BYTES = 256;

/** What one thread did with one doorbell. */
export interface DoorbellCounters {
  wakesSent: number;
  /** Calls of `ring` that found the thread awake, or woken by somebody else. Looking for who waits for room is none. */
  wakesSuppressed: number;
  parks: number;
}

/** Takes the place of a thread's sleep where several owners share one thread: a simulation. */
export interface Sleeper {
  /**
   * The owner of `doorbell` has announced that it sleeps, and does nothing more until it is let go on: who does that
   * cancels first, and has reason to when the word says WOKEN or the time is over.
   */
  sleep(doorbell: Doorbell, timeoutMs: number): void;
}

/** The memory of the doorbell of one thread, to be sent to every thread that has a ring from or to it. */
export const createDoorbell = (): SharedArrayBuffer => new SharedArrayBuffer(SIZE_BYTES);

/** Each thread makes its own over the same memory; one of them is the owner, the thread that parks. */
export class Doorbell {
  readonly counters: DoorbellCounters = { wakesSent: 0, wakesSuppressed: 0, parks: 0 };
  private readonly words: Int32Array<SharedArrayBuffer>;
  private announced = AWAKE;
  /** Whether a `parkAsync` has not called back yet. */
  private isWaiting = false;
  private readonly sleeper: Sleeper | null;

  /**
   * @param memory what `createDoorbell` returned
   * @param sleeper of an owner that must not block its thread
   */
  constructor(memory: SharedArrayBuffer, sleeper: Sleeper | null = null) {
    this.words = new Int32Array(memory);
    this.sleeper = sleeper;
  }

  /**
   * Owner: says that it is about to sleep. Then it looks at all of its rings again before it parks.
   * @param waitsForRoom whether frames wait in one of its backlogs
   */
  announce(waitsForRoom: boolean): void {
    this.announced = waitsForRoom ? PARKED_FOR_ROOM : PARKED;
    Atomics.store(this.words, STATE, this.announced);
  }

  /** Owner: stays awake after all. */
  cancel(): void {
    Atomics.store(this.words, STATE, AWAKE);
  }

  /**
   * Owner: sleeps until it is woken, which may have happened since `announce`. Never on a thread with an event loop.
   * @returns false when the time was over first, and where a `Sleeper` keeps the owner asleep beyond this call
   */
  park(timeoutMs: number): boolean {
    this.counters.parks++;
    if (this.sleeper !== null) {
      this.sleeper.sleep(this, timeoutMs);
      return false;
    }
    const woken = this.sleep(timeoutMs);
    this.cancel();
    return woken;
  }

  /**
   * Owner, on a thread with an event loop: `park` without blocking it and without a time limit. It calls `woken` once it
   * is woken, which may have happened since `announce`. Whatever else gives the owner something to do in the meantime:
   * it cancels, and after the next announcement calls this again; the wait that is under way then serves both, and may
   * call `woken` for nothing. It keeps no event loop alive.
   */
  parkAsync(woken: () => void): void {
    this.counters.parks++;
    if (this.isWaiting) return;
    this.isWaiting = true;
    // A string when the word has changed since the announcement.
    const wait = Atomics.waitAsync(this.words, STATE, this.announced).value;
    Promise.resolve(wait).then(() => {
      this.isWaiting = false;
      woken();
    });
  }

  /** Others, after they published frames for the owner or want its attention: wakes it if it is parked. */
  ring(): void {
    const state = this.look();
    if ((state === PARKED || state === PARKED_FOR_ROOM) && this.take(state)) this.wake();
    else this.counters.wakesSuppressed++;
  }

  /** Others, after they released frames of the owner: wakes it if it is parked with a backlog. */
  ringForRoom(): void {
    if (this.look() === PARKED_FOR_ROOM && this.take(PARKED_FOR_ROOM)) this.wake();
  }

  /** A step of `ring`: the state now. */
  look(): number {
    return Atomics.load(this.words, STATE);
  }

  /** A step of `ring`: makes this thread the one that wakes. */
  take(state: number): boolean {
    return Atomics.compareExchange(this.words, STATE, state, WOKEN) === state;
  }

  /** A step of `ring`: ends the sleep, if it has begun. */
  wake(): void {
    this.counters.wakesSent++;
    Atomics.notify(this.words, STATE, 1);
  }

  /** A step of `park`. */
  sleep(timeoutMs: number): boolean {
    return Atomics.wait(this.words, STATE, this.announced, timeoutMs) !== 'timed-out';
  }
}
