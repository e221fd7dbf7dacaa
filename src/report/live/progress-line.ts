/** One line that says how far something is. */
import { paint, type ReportStyle } from '../style.ts';

const BAR_CELLS = 20;
/** `Warming up`, so that bars of all phases begin in one column. */
const TITLE_WIDTH = 10;

/**
 * `Loading     [#####...............]  27%  4 s left`, never wider than the style: where it would be, the last details go
 * first, then the bar.
 * @param fraction 0 to 1, what is beyond counts as the end; null for no bar
 * @param details the most important first
 */
export function progressLine(
  style: ReportStyle,
  title: string,
  fraction: number | null,
  details: readonly string[],
): string {
  const padded = title.padEnd(TITLE_WIDTH);
  const bar = fraction === null ? [] : [barOf(fraction)];
  const percent = fraction === null ? [] : [percentText(fraction).padStart(4)];
  const first = details.slice(0, 1);
  const forms = [
    ...details.map((_, i) => [...bar, ...percent, ...details.slice(0, details.length - i)]),
    [...percent, ...first],
    percent,
  ];
  for (const form of forms) {
    const line = [padded, ...form].join('  ');
    if (line.length <= style.width) return `${paint(style, 'heading', title)}${line.slice(title.length)}`;
  }
  return title.slice(0, Math.max(0, style.width));
}

/** `27%`: whole percents, and 100% only when everything is done. */
export const percentText = (fraction: number): string => `${Math.floor(clamp(fraction) * 100)}%`;

/** ASCII, because every terminal agrees on its width. */
function barOf(fraction: number): string {
  const filled = Math.floor(clamp(fraction) * BAR_CELLS);
  return `[${'#'.repeat(filled)}${'.'.repeat(BAR_CELLS - filled)}]`;
}

const clamp = (fraction: number): number => Math.min(1, Math.max(0, fraction));
