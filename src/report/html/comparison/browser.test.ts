import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { sampleComparison } from '../../../compare/testing/sample-comparison.ts';
import { Browser, findChromium } from '../testing/browser.ts';
import { renderComparisonPage } from './comparison-page.ts';

const chromium = findChromium();

const WIDE = { width: 1100, height: 900, dark: false };
const PHONE = { width: 360, height: 780, dark: false };

interface Drawn {
  id: string;
  width: number;
  lines: { width: number; height: number }[];
}

const DRAWN = `Array.from(document.querySelectorAll('.chart > svg'))
  .filter((svg) => svg.checkVisibility())
  .map((svg) => ({
    id: svg.parentNode.id,
    width: svg.getBoundingClientRect().width,
    lines: Array.from(svg.querySelectorAll('.lines .line'), (line) => {
      const { width, height } = line.getBBox();
      return { width, height };
    }),
  }))`;

describe.skipIf(chromium === null)('the page of a comparison in Chromium', () => {
  let folder: string;
  let browser: Browser;
  let page: string;
  beforeAll(async () => {
    folder = mkdtempSync(join(tmpdir(), 'dbtest-comparison-'));
    page = join(folder, 'comparison.html');
    writeFileSync(page, renderComparisonPage(sampleComparison()));
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
    expect(drawn.map(({ id }) => id).slice(0, 3)).toEqual(['pairs-0-throughput', 'ratio-0', 'curves-0']);
    expect(drawn).toHaveLength(8);
    for (const { id, width, lines } of drawn) {
      expect(width, id).toBeGreaterThan(250);
      expect(lines.length, id).toBe(id === 'ratio-0' ? 5 : 2);
      for (const line of lines) expect(line.width, id).toBeGreaterThan(100);
    }
    for (const { height } of drawn.find(({ id }) => id === 'curves-0')?.lines ?? []) expect(height).toBeGreaterThan(20);
    expect(await browser.evaluate('document.documentElement.scrollWidth')).toBeLessThanOrEqual(display.width);
    expect(browser.complaints.slice(before[0])).toEqual([]);
    expect(browser.requests.slice(before[1])).toHaveLength(1);
  });

  it('shows intervals where they lie: all of the ratio 0.9 left of the line', async () => {
    await browser.open(page, WIDE);
    const { one, circle, span } = await browser.evaluate<Record<string, { x: number; width: number }>>(`(() => {
      const row = document.querySelector('.interval');
      const box = (selector) => { const { x, width } = row.querySelector(selector).getBBox(); return { x, width }; };
      return { one: box('.one'), circle: box('circle'), span: box('path:not(.one)') };
    })()`);
    expect(circle?.x).toBeLessThan((one?.x ?? 0) - 10);
    expect((span?.x ?? 0) + (span?.width ?? 0)).toBeLessThan(one?.x ?? 0);
    expect(span?.width).toBeGreaterThan(0);
  });

  it('reads out a pair below a pointer', async () => {
    await browser.open(page, WIDE);
    const { x, y } = await browser.evaluate<{ x: number; y: number }>(
      `document.querySelector('#pairs-0-throughput').scrollIntoView(),
      (({ x, y, width, height }) => ({ x: x + width * 0.5, y: y + height / 2 }))(document.querySelector('#pairs-0-throughput > svg.wide').getBoundingClientRect())`,
    );
    await browser.send('Input.dispatchMouseEvent', { type: 'mouseMoved', x, y });
    const [at, ...values] = await browser.evaluate<string[]>(
      `Array.from(document.querySelectorAll('#pairs-0-throughput output'), (output) => output.textContent)`,
    );
    expect(at).toMatch(/^pair \d+, seed \d+$/);
    expect(values).toEqual([expect.stringMatching(/ tx\/s$/), expect.stringMatching(/ tx\/s$/)]);
  });

  it('prints', async () => {
    await browser.open(page, WIDE);
    expect((await browser.print()).subarray(0, 5).toString()).toBe('%PDF-');
  });
});
