import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { sampleResult } from '../testing/sample-result.ts';
import { renderHtmlReport } from './html-report.ts';
import { Browser, findChromium } from './testing/browser.ts';
import { longResult } from './testing/long-result.ts';

const chromium = findChromium();
/** A report of ten minutes and eight shards opens within this; it takes a tenth where nothing else runs. */
const OPEN_MS_MAX = 1000;

const WIDE = { width: 1100, height: 900, dark: false };
const PHONE = { width: 360, height: 780, dark: false };

interface Drawn {
  id: string;
  width: number;
  height: number;
  /** Bounding boxes of its lines. */
  lines: { width: number; height: number }[];
}

/** What is drawn on the page, as the browser lays it out; folded parts are not. */
const DRAWN = `Array.from(document.querySelectorAll('.chart > svg'))
  .filter((svg) => svg.checkVisibility())
  .map((svg) => ({
    id: svg.parentNode.id,
    width: svg.getBoundingClientRect().width,
    height: svg.getBoundingClientRect().height,
    lines: Array.from(svg.querySelectorAll('.lines .line'), (line) => {
      const { width, height } = line.getBBox();
      return { width, height };
    }),
  }))`;

describe.skipIf(chromium === null)('the HTML report in Chromium', () => {
  let folder: string;
  let browser: Browser;
  let page: string;
  let longPage: string;
  beforeAll(async () => {
    folder = mkdtempSync(join(tmpdir(), 'dbtest-html-'));
    page = join(folder, 'two.html');
    longPage = join(folder, 'long.html');
    writeFileSync(page, renderHtmlReport(sampleResult()));
    writeFileSync(longPage, renderHtmlReport(longResult()));
    browser = await Browser.launch(chromium as string);
  });
  afterAll(async () => {
    await browser?.close();
    rmSync(folder, { recursive: true, force: true });
  });

  it.each([
    ['wide', WIDE],
    ['wide and dark', { ...WIDE, dark: true }],
    ['on a phone', PHONE],
  ])('draws its charts %s, without complaint, and asks for nothing', async (_, display) => {
    const before = [browser.complaints.length, browser.requests.length];
    await browser.open(page, display);
    const drawn = await browser.evaluate<Drawn[]>(DRAWN);
    expect(drawn).toHaveLength(8);
    for (const { id, width, height, lines } of drawn) {
      expect(width, id).toBeGreaterThan(250);
      expect(height, id).toBeGreaterThan(150);
      for (const line of lines) expect(line.width, id).toBeGreaterThan(100);
    }
    for (const { height } of drawn.find(({ id }) => id === 'latency-curves')?.lines ?? []) {
      expect(height).toBeGreaterThan(20);
    }
    expect(await browser.evaluate('document.documentElement.scrollWidth')).toBeLessThanOrEqual(display.width);
    expect(browser.complaints.slice(before[0])).toEqual([]);
    expect(browser.requests.slice(before[1])).toHaveLength(1);
  });

  it('follows the colours of the system', async () => {
    const colours = 'getComputedStyle(document.body).backgroundColor + getComputedStyle(document.body).color';
    await browser.open(page, WIDE);
    const light = await browser.evaluate(colours);
    await browser.open(page, { ...WIDE, dark: true });
    expect(await browser.evaluate(colours)).not.toBe(light);
  });

  it('has text that can be selected, in tables and in charts', async () => {
    await browser.open(page, WIDE);
    const selected = await browser.evaluate<string>(
      `getSelection().selectAllChildren(document.querySelector('main')), getSelection().toString()`,
    );
    for (const text of ['201,520', 'New-Order', '99.9', 'percentile', '3.3.2.12', 'ITEM is read-only']) {
      expect(selected).toContain(text);
    }
  });

  it('reads out the values below a pointer and the arrow keys, and forgets them', async () => {
    await browser.open(page, WIDE);
    const read = `Array.from(document.querySelectorAll('#latency-curves output'), (output) => output.textContent)`;
    const { x, y } = await browser.evaluate<{ x: number; y: number }>(
      `document.querySelector('#latency-curves').scrollIntoView(),
      (({ x, y, width, height }) => ({ x: x + width * 0.5, y: y + height / 2 }))(document.querySelector('#latency-curves > svg.wide').getBoundingClientRect())`,
    );
    await browser.send('Input.dispatchMouseEvent', { type: 'mouseMoved', x, y });
    const [at, ...values] = await browser.evaluate<string[]>(read);
    expect(at).toMatch(/^p99/);
    expect(values[0]).toMatch(/ (µs|ms)$/);
    await browser.send('Input.dispatchMouseEvent', { type: 'mouseMoved', x: 1, y });
    expect((await browser.evaluate<string[]>(read)).join('')).toBe('');
    await browser.evaluate(`document.querySelector('#latency-curves').focus()`);
    for (const _ of [1, 2, 3]) {
      await browser.send('Input.dispatchKeyEvent', { type: 'keyDown', key: 'ArrowRight' });
    }
    expect((await browser.evaluate<string[]>(read))[0]).toBe('p20');
    expect(browser.complaints).toEqual([]);
  });

  it('opens in under a second after a run of ten minutes with eight shards', async () => {
    // Other tests run at the same time: the best of some openings tells about the page.
    const openings: number[] = [];
    for (const _ of [1, 2, 3]) openings.push(await browser.open(longPage, WIDE));
    expect(Math.min(...openings)).toBeLessThan(OPEN_MS_MAX);
    const drawn = await browser.evaluate<Drawn[]>(DRAWN);
    expect(drawn.find(({ id }) => id === 'throughput-shards')?.lines).toHaveLength(8);
  });

  it('shows what users name, and runs none of it', async () => {
    const nasty = '</script><script>document.title = "taken"</script><img src=x onerror="document.title = 1">';
    const copy = sampleResult({ deviations: [nasty] });
    for (const shard of copy.config.cluster.shards) shard.host = nasty;
    for (const transaction of Object.values(copy.totals.transactions ?? {})) transaction.title = nasty;
    const path = join(folder, 'nasty.html');
    writeFileSync(path, renderHtmlReport(copy));
    await browser.open(path, WIDE);
    expect(await browser.evaluate('document.title')).toMatch(/^dbtest: tpcc/);
    expect(await browser.evaluate(`document.querySelectorAll('img').length`)).toBe(0);
    expect(await browser.evaluate(`document.querySelector('#deviations li').textContent`)).toBe(nasty);
    expect(browser.complaints).toEqual([]);
  });

  it('prints everything, what is folded too', async () => {
    await browser.open(longPage, WIDE);
    const open = `document.querySelectorAll('details[open]').length`;
    expect(await browser.evaluate(open)).toBe(0);
    await browser.send('Emulation.setEmulatedMedia', { media: 'print' });
    const drawn = await browser.evaluate<Drawn[]>(DRAWN);
    await browser.send('Emulation.setEmulatedMedia', { media: '' });
    expect(drawn.filter(({ id }) => id.endsWith('-curves'))).toHaveLength(9);
    // Browsers that cannot show what is folded are told to unfold it.
    expect(await browser.evaluate(`dispatchEvent(new Event('beforeprint')), ${open}`)).toBe(9);
    expect(await browser.evaluate(`dispatchEvent(new Event('afterprint')), ${open}`)).toBe(0);
    expect((await browser.print()).subarray(0, 5).toString()).toBe('%PDF-');
  });
});
