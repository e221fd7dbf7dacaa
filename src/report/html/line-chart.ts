/**
 * Line charts as inline SVG, drawn when the report is made. A chart is drawn once for wide screens and paper and once for
 * narrow screens, since text that shrinks with its picture cannot be read on a phone. Lines differ in colour and in dash.
 */
import type { Axis } from './axis.ts';
import { jsonMarkup, type Markup, markup } from './markup.ts';

/** A point in the axes' own values, and the texts that a pointer on it reads. */
export interface ChartPoint {
  x: number;
  y: number;
  xText: string;
  yText: string;
  /** Whether the line starts anew here: something is missing before. */
  afterGap: boolean;
}

export interface ChartLine {
  name: string;
  points: readonly ChartPoint[];
  /** `points` are dots without a line, `both` dots on it; a line where nothing is said. */
  draws?: 'line' | 'points' | 'both';
  /** Which colour and dash it has; by default those of its place among the lines. */
  look?: number;
}

export interface LineChart {
  /** Unique in the page. */
  id: string;
  title: string;
  /** What the picture shows, for those who do not see it. */
  description: string;
  x: Axis;
  y: Axis;
  /** At most `MOST_LINES`. */
  lines: readonly ChartLine[];
  /** Over the whole width, or beside another one. */
  width: 'full' | 'half';
  /** Mark the last point of each line. */
  markEnds: boolean;
}

/** As many colours and dashes as are told apart. */
export const MOST_LINES = 8;

const DASHES = ['', '7 3', '2 3', '9 3 2 3', '', '4 2', '1 2', '12 3'] as const;

interface Size {
  name: 'wide' | 'narrow' | 'half';
  width: number;
  height: number;
  /** Of the labels, in units of the drawing. */
  fontSize: number;
}

const SIZES: Record<LineChart['width'], readonly Size[]> = {
  full: [
    { name: 'wide', width: 980, height: 320, fontSize: 13 },
    { name: 'narrow', width: 340, height: 260, fontSize: 11 },
  ],
  half: [{ name: 'half', width: 420, height: 290, fontSize: 12 }],
};

/** The chart with its heading, its legend, and the values that the read-out shows. */
export function renderLineChart(chart: LineChart): Markup {
  return markup`<figure class="chart ${chart.width}" id="${chart.id}" tabindex="0">
<figcaption><span>${chart.title}</span> <output class="at"></output></figcaption>
<div class="legend"><ul>${chart.lines.map(renderKey)}</ul></div>
${SIZES[chart.width].map((size) => drawing(chart, size))}
<script type="application/json">${jsonMarkup(readings(chart))}</script>
</figure>
`;
}

const lineStyle = (i: number): Markup => {
  const dash = DASHES[i % MOST_LINES] as string;
  const dashes = dash === '' ? null : markup` stroke-dasharray="${dash}"`;
  return markup`class="line s${i % MOST_LINES}"${dashes}`;
};

function renderKey({ name, draws = 'line', look }: ChartLine, i: number): Markup {
  const style = look ?? i;
  const line = draws === 'points' ? null : markup`<path ${lineStyle(style)} d="M0,4L30,4"/>`;
  const point = draws === 'line' ? null : dot(style, 15, 4);
  return markup`<li><svg class="key" viewBox="0 0 30 8" aria-hidden="true">${line}${point}</svg><span>${name}</span><output></output></li>`;
}

const dot = (look: number, x: number, y: number): Markup =>
  markup`<circle class="end f${look % MOST_LINES}" cx="${short(x)}" cy="${short(y)}" r="3"/>`;

/** What a pointer reads: by line the texts of its points, in the order of the drawing. */
function readings(chart: LineChart): { xs: string[]; lines: { x: number; y: string }[] } {
  const xs: string[] = [];
  const lines = chart.lines.map(({ points }) => {
    const text = points.map((point) => point.xText).join('|');
    if (!xs.includes(text)) xs.push(text);
    return { x: xs.indexOf(text), y: points.map((point) => point.yText).join('|') };
  });
  return { xs, lines };
}

function drawing(chart: LineChart, size: Size): Markup {
  const { width, height, fontSize } = size;
  const longest = Math.max(...chart.y.ticks.map(({ label }) => label.length), 3);
  const left = Math.ceil(longest * fontSize * 0.62) + 10;
  const [right, top, bottom] = [width - 16, 2.3 * fontSize, height - 2.9 * fontSize];
  const x = (share: number): number => left + share * (right - left);
  const y = (share: number): number => bottom - share * (bottom - top);
  const id = `${chart.id}-${size.name}`;
  const paths = chart.lines.map(({ points, draws = 'line', ...line }, i) => {
    const look = line.look ?? i;
    const at = points.map((point): [number, number] => [x(chart.x.place(point.x)), y(chart.y.place(point.y))]);
    const d = at
      .map(([px, py], k) => `${k === 0 || points[k]?.afterGap ? 'M' : 'L'}${short(px)},${short(py)}`)
      .join('');
    const dotted = draws === 'line' ? at.slice(chart.markEnds ? -1 : at.length) : at;
    const dots = dotted.map(([px, py]) => dot(look, px, py));
    // Of dots alone the line stays, unseen, for the script that reads points off it.
    const hidden = draws === 'points' ? markup` stroke-opacity="0"` : null;
    return markup`<path ${lineStyle(look)}${hidden} d="${d}"/>${dots}`;
  });
  return markup`<svg class="${size.name}" viewBox="0 0 ${width} ${height}" role="img" font-size="${fontSize}" aria-labelledby="${id}-title ${id}-desc">
<title id="${id}-title">${chart.title}</title><desc id="${id}-desc">${chart.description}</desc>
<g class="grid">${chart.y.ticks.map(({ at }) => markup`<path d="M${left},${short(y(at))}H${right}"/>`)}${chart.x.ticks.map(({ at }) => markup`<path d="M${short(x(at))},${short(top)}V${short(bottom)}"/>`)}</g>
<g class="marks">${chart.y.ticks.map(({ at, label }) => markup`<text x="${left - 6}" y="${short(y(at) + fontSize * 0.35)}" text-anchor="end">${label}</text>`)}${chart.x.ticks.map(({ at, label }) => markup`<text x="${short(x(at))}" y="${short(bottom + fontSize * 1.3)}" text-anchor="middle">${label}</text>`)}
<text class="axis" x="2" y="${short(fontSize)}">${chart.y.title}</text><text class="axis" x="${right}" y="${height - 3}" text-anchor="end">${chart.x.title}</text></g>
<g class="lines">${paths}</g><path class="cross" d="" data-top="${short(top)}" data-bottom="${short(bottom)}"/>
</svg>
`;
}

const short = (value: number): string => String(Number(value.toFixed(1)));
