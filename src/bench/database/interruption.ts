/**
 * Ctrl-C as work on databases hears of it. What is under way may end by itself for a while: a server that does not answer
 * keeps nobody waiting for longer. Runs on the main thread.
 */
import { EXIT, OperatingFault } from '../../errors.ts';

export class Interruption {
  private readonly controller = new AbortController();

  get signal(): AbortSignal {
    return this.controller.signal;
  }

  get hasCome(): boolean {
    return this.signal.aborted;
  }

  interrupt(): void {
    this.controller.abort();
  }

  /**
   * What `work` gives. It has `graceMs` left when Ctrl-C comes, or has come, and goes on unheard then.
   * @throws OperatingFault INTERRUPTED with `words`
   */
  async bound<T>(work: Promise<T>, graceMs: number, words: string): Promise<T> {
    const { signal } = this;
    let timer: NodeJS.Timeout | undefined;
    let begin = (): void => {};
    const tooLong = new Promise<never>((_, reject) => {
      begin = () => {
        timer = setTimeout(() => reject(new OperatingFault('INTERRUPTED', EXIT.interrupted, words)), graceMs);
      };
      if (signal.aborted) begin();
      else signal.addEventListener('abort', begin, { once: true });
    });
    try {
      return await Promise.race([work, tooLong]);
    } finally {
      clearTimeout(timer);
      signal.removeEventListener('abort', begin);
    }
  }
}
