/**
 * A headless Chromium, driven over its debugging pipe, for tests of pages. Debian's package has it as `chromium`; tests that
 * need it skip themselves where it is missing.
 */
import { type ChildProcess, spawn } from 'node:child_process';
import { accessSync, constants, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { delimiter, join } from 'node:path';
import type { Readable, Writable } from 'node:stream';
import { pathToFileURL } from 'node:url';

/** Path of the installed browser, or null. */
export function findChromium(): string | null {
  const folders = (process.env['PATH'] ?? '').split(delimiter);
  const candidates = folders.flatMap((folder) => ['chromium', 'chromium-browser'].map((name) => join(folder, name)));
  return candidates.find(isExecutable) ?? null;
}

function isExecutable(path: string): boolean {
  try {
    accessSync(path, constants.X_OK);
    return true;
  } catch {
    return false;
  }
}

type Parameters = Record<string, unknown>;

interface Message {
  id?: number;
  method?: string;
  params?: Parameters;
  result?: Parameters;
  error?: { message: string };
}

/** Emulated display of a page. */
export interface Display {
  width: number;
  height: number;
  dark: boolean;
}

/** One page of a browser of its own. */
export class Browser {
  /** Errors and warnings of the console, exceptions and violations of the content policy. */
  readonly complaints: string[] = [];
  /** Addresses that the page asked for, its own included. */
  readonly requests: string[] = [];
  private readonly process: ChildProcess;
  private readonly profile: string;
  private readonly waiting = new Map<number, (message: Message) => void>();
  private readonly events = new Map<string, () => void>();
  private lastId = 0;
  private session: string | null = null;

  private constructor(path: string) {
    this.profile = mkdtempSync(join(tmpdir(), 'dbtest-chromium-'));
    const flags = ['--headless', '--no-sandbox', '--disable-gpu', '--disable-dev-shm-usage', '--hide-scrollbars'];
    this.process = spawn(
      path,
      [...flags, '--remote-debugging-pipe', `--user-data-dir=${this.profile}`, 'about:blank'],
      {
        stdio: ['ignore', 'ignore', 'ignore', 'pipe', 'pipe'],
      },
    );
    let pending = '';
    const answers = this.process.stdio[4] as Readable;
    answers.setEncoding('utf8');
    answers.on('data', (text: string) => {
      const parts = (pending + text).split('\0');
      pending = parts.pop() ?? '';
      for (const part of parts) this.receive(JSON.parse(part) as Message);
    });
  }

  static async launch(path: string): Promise<Browser> {
    const browser = new Browser(path);
    const { targetInfos } = await browser.send('Target.getTargets');
    const page = (targetInfos as { type: string; targetId: string }[]).find(({ type }) => type === 'page');
    const attached = await browser.send('Target.attachToTarget', { targetId: page?.targetId, flatten: true });
    browser.session = attached['sessionId'] as string;
    for (const domain of ['Page', 'Runtime', 'Log', 'Network']) await browser.send(`${domain}.enable`);
    return browser;
  }

  private receive({ id, method, params = {}, ...answer }: Message): void {
    if (id !== undefined) {
      this.waiting.get(id)?.(answer);
      this.waiting.delete(id);
      return;
    }
    this.events.get(method ?? '')?.();
    if (method === 'Runtime.exceptionThrown') this.complaints.push(JSON.stringify(params['exceptionDetails']));
    if (method === 'Runtime.consoleAPICalled') this.complaints.push(JSON.stringify(params['args']));
    if (method === 'Log.entryAdded') this.complaints.push(JSON.stringify(params['entry']));
    if (method === 'Network.requestWillBeSent') this.requests.push((params['request'] as { url: string }).url);
  }

  async send(method: string, params: Parameters = {}): Promise<Parameters> {
    const id = ++this.lastId;
    const sessionId = this.session === null ? {} : { sessionId: this.session };
    const { result, error } = await new Promise<Message>((resolve) => {
      this.waiting.set(id, resolve);
      (this.process.stdio[3] as Writable).write(`${JSON.stringify({ id, method, params, ...sessionId })}\0`);
    });
    if (error !== undefined) throw new Error(`${method}: ${error.message}`);
    return result ?? {};
  }

  /** Opens a file; resolves when it is loaded, with the milliseconds that took. */
  async open(path: string, { width, height, dark }: Display): Promise<number> {
    await this.send('Emulation.setDeviceMetricsOverride', { width, height, deviceScaleFactor: 1, mobile: width < 500 });
    const value = dark ? 'dark' : 'light';
    await this.send('Emulation.setEmulatedMedia', { features: [{ name: 'prefers-color-scheme', value }] });
    const loaded = new Promise<void>((resolve) => this.events.set('Page.loadEventFired', resolve));
    const startedMs = performance.now();
    await this.send('Page.navigate', { url: pathToFileURL(path).href });
    await loaded;
    return performance.now() - startedMs;
  }

  /** Value of an expression in the page; it must be data. */
  async evaluate<Value>(expression: string): Promise<Value> {
    const { result, exceptionDetails } = await this.send('Runtime.evaluate', { expression, returnByValue: true });
    if (exceptionDetails !== undefined) throw new Error(JSON.stringify(exceptionDetails));
    return (result as { value: Value }).value;
  }

  /** PNG of the whole page. */
  async screenshot(): Promise<Buffer> {
    const { data } = await this.send('Page.captureScreenshot', { captureBeyondViewport: true });
    return Buffer.from(data as string, 'base64');
  }

  /** PDF as printed on A4. */
  async print(): Promise<Buffer> {
    const { data } = await this.send('Page.printToPDF', {
      paperWidth: 8.27,
      paperHeight: 11.69,
      printBackground: false,
    });
    return Buffer.from(data as string, 'base64');
  }

  async close(): Promise<void> {
    const ended = new Promise((resolve) => this.process.once('exit', resolve));
    this.process.kill('SIGKILL');
    await ended;
    await removeFolder(this.profile);
  }
}

/** Processes of the browser that end a little later than it may still write: each attempt lists the folder anew. */
async function removeFolder(folder: string): Promise<void> {
  for (let attemptsLeft = 50; ; attemptsLeft--) {
    try {
      rmSync(folder, { recursive: true, force: true });
      return;
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code !== 'ENOTEMPTY' || attemptsLeft === 0) throw error;
      await new Promise((resolve) => setTimeout(resolve, 100));
    }
  }
}
