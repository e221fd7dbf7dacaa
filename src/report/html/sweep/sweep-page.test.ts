import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { lawThroughput } from '../../../statistics/scalability-law.ts';
import type { SweepResult } from '../../../sweep/sweep.ts';
import { sampleMaxRate, sampleSweep } from '../../../sweep/testing/sample-sweeps.ts';
import { sweepTable } from '../../sweep/sweep-table.ts';
import { Browser, findChromium } from '../testing/browser.ts';
import { renderMaxRatePage } from './max-rate-page.ts';
import { renderSweepPage } from './sweep-page.ts';

const LAW = { lambda: 40_000, sigma: 0.08, kappa: 0.03 };

const axis = (name: string, ...values: (string | number)[]) => ({ name, values: values.map(String) });

/** Shards and threads with their law; a remote share that makes shards useless; an axis without numbers. */
const scaled = (): SweepResult =>
  sampleSweep({
    axes: [axis('shards', 1, 2, 4, 8), axis('transport', 'shm', 'tcp')],
    repeat: 3,
    noise: 0.02,
    throughputOf: ({ shards, transport }) => lawThroughput(LAW, Number(shards)) * (transport === 'tcp' ? 0.7 : 1),
  });
const crossing = (): SweepResult =>
  sampleSweep({
    axes: [axis('shards', 1, 2, 4), axis('remote-item-pct', 0, 1, 5, 25, 100)],
    repeat: 3,
    throughputOf: ({ shards, 'remote-item-pct': share }) =>
      shards === '1' ? 40_000 : 40_000 / (1 / Number(shards) + Number(share) / 50),
  });
const named = (): SweepResult =>
  sampleSweep({ axes: [axis('transport', 'shm', 'tcp')], repeat: 2, throughputOf: () => 40_000 });

const textOf = (html: string): string =>
  html.replace(/<(style|script)[ >][\s\S]*?<\/\1>/g, '').replace(/<[^>]*>/g, ' ');

describe('the page of a sweep', () => {
  it('has the rows of the text report, the laws and the crossings', () => {
    for (const sweep of [scaled(), crossing(), named()]) {
      const text = textOf(renderSweepPage(sweep)).replace(/\s+/g, ' ');
      for (const row of sweepTable(sweep).rows) expect(text).toContain(row.join(' '));
      for (const note of sweep.notes) expect(text).toContain(note);
    }
    expect(renderSweepPage(scaled())).toContain('Scalability over shards at transport shm');
    expect(textOf(renderSweepPage(crossing()))).toMatch(/2 shards are no faster than one from remote-item-pct 2\d/);
    expect(renderSweepPage(named()).match(/class="bar"/g)).toHaveLength(2);
  });

  it('asks for nothing, and shows what users name as text', () => {
    const nasty = '</script><img src=x onerror=alert(1)>';
    const sweep = scaled();
    sweep.config.options = [nasty];
    sweep.notes = [nasty];
    for (const point of sweep.points) point.values['transport'] = nasty;
    const html = renderSweepPage(sweep);
    expect(html).not.toContain('<img');
    expect(renderSweepPage(scaled())).not.toMatch(/(src|href)=["']?(?!#|"#)/);
  });

  it('marks no fractions of shards', () => {
    const two = sampleSweep({ axes: [axis('shards', 1, 2)], repeat: 1, throughputOf: () => 1000 });
    expect(renderSweepPage(two)).not.toContain('>1.2</text>');
  });

  it('draws eight combinations and says that there are more', () => {
    const many = sampleSweep({
      axes: [axis('shards', 1, 2), axis('terminals', ...Array.from({ length: 10 }, (_, i) => i + 1))],
      repeat: 1,
      throughputOf: () => 1000,
    });
    expect(textOf(renderSweepPage(many))).toContain(
      'The first 8 combinations are drawn; the table has the other 2 combinations',
    );
  });
});

const chromium = findChromium();
const WIDE = { width: 1100, height: 900, dark: false };

interface Drawn {
  id: string;
  width: number;
  lines: number[];
  dots: number;
}

const DRAWN = `Array.from(document.querySelectorAll('.chart > svg'))
  .filter((svg) => svg.checkVisibility())
  .map((svg) => ({
    id: svg.parentNode.id,
    width: svg.getBoundingClientRect().width,
    lines: Array.from(svg.querySelectorAll('.lines .line'), (line) => line.getBBox().width),
    dots: svg.querySelectorAll('.lines circle').length,
  }))`;

describe.skipIf(chromium === null)('the pages of sweeps in Chromium', () => {
  let folder: string;
  let browser: Browser;
  beforeAll(async () => {
    folder = mkdtempSync(join(tmpdir(), 'dbtest-sweep-html-'));
    browser = await Browser.launch(chromium as string);
  });
  afterAll(async () => {
    await browser?.close();
    rmSync(folder, { recursive: true, force: true });
  });

  const open = async (html: string, display = WIDE): Promise<Drawn[]> => {
    const path = join(folder, 'page.html');
    writeFileSync(path, html);
    await browser.open(path, display);
    return browser.evaluate<Drawn[]>(DRAWN);
  };

  it.each([
    ['wide', WIDE],
    ['dark', { ...WIDE, dark: true }],
    ['on a phone', { width: 360, height: 780, dark: false }],
  ])('draws curves and points %s, without complaint', async (_, display) => {
    const law = await open(renderSweepPage(scaled()), display);
    expect(law.map(({ id }) => id)).toEqual(['throughput-over-shards', 'p99-over-shards']);
    expect(law[0]).toMatchObject({ dots: 8 });
    expect(law[0]?.lines).toHaveLength(4);
    const share = await open(renderSweepPage(crossing()), display);
    expect(share.map(({ id }) => id)).toContain('crossover-remote-item-pct');
    const rates = await open(renderMaxRatePage(sampleMaxRate()), display);
    expect(rates.map(({ id }) => id)).toEqual(['max-rate-1']);
    for (const { id, width, lines } of [...law, ...share, ...rates]) {
      expect(width, id).toBeGreaterThan(250);
      for (const line of lines) expect(line, id).toBeGreaterThan(100);
    }
    expect(await browser.evaluate('document.documentElement.scrollWidth')).toBeLessThanOrEqual(display.width);
    expect(browser.complaints).toEqual([]);
  });

  it('reads out points and curve', async () => {
    await open(renderSweepPage(scaled()));
    await browser.evaluate(`document.querySelector('#throughput-over-shards').focus()`);
    await browser.send('Input.dispatchKeyEvent', { type: 'keyDown', key: 'ArrowRight' });
    const [at, ...values] = await browser.evaluate<string[]>(
      `Array.from(document.querySelectorAll('#throughput-over-shards output'), (output) => output.textContent)`,
    );
    expect(at).toBe('shards 1.0');
    expect(values).toHaveLength(4);
    for (const value of values) expect(value).toMatch(/^\d+,\d+ tx\/s/);
  });
});
