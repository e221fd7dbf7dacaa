/**
 * The script of the page: a pointer, or the arrow keys, on a chart shows the values below it in the legend; and whatever
 * is folded is unfolded for paper. The page says everything that matters without it.
 */
export const READOUT_SCRIPT = `'use strict';
for (const figure of document.querySelectorAll('.chart')) {
  const data = JSON.parse(figure.querySelector('script').textContent);
  const texts = data.xs.map((text) => text.split('|'));
  const lines = data.lines.map((line) => ({ x: texts[line.x], y: line.y.split('|') }));
  const at = figure.querySelector('.at');
  const values = figure.querySelectorAll('.legend li output');
  const drawings = new Map();
  const pointsOf = (svg) => {
    if (!drawings.has(svg)) {
      drawings.set(svg, Array.from(svg.querySelectorAll('.line'), (path) =>
        Array.from(path.getAttribute('d').matchAll(/[ML]([0-9.]+),/g), (match) => Number(match[1]))));
    }
    return drawings.get(svg);
  };
  const nearest = (xs, x) => {
    let low = 0;
    let high = xs.length - 1;
    while (low < high) {
      const middle = (low + high) >> 1;
      if (xs[middle] < x) low = middle + 1;
      else high = middle;
    }
    return low > 0 && x - xs[low - 1] < xs[low] - x ? low - 1 : low;
  };
  const shown = () => Array.from(figure.querySelectorAll(':scope > svg')).find((svg) => svg.getBoundingClientRect().width > 0);
  let current = null;
  const clear = () => {
    current = null;
    at.textContent = '';
    for (const value of values) value.textContent = '';
    for (const cross of figure.querySelectorAll('.cross')) cross.setAttribute('d', '');
  };
  const show = (svg, x) => {
    const points = pointsOf(svg);
    const longest = points.reduce((most, xs, i) => (xs.length > points[most].length ? i : most), 0);
    if (points[longest].length === 0) return;
    const index = nearest(points[longest], x);
    const place = points[longest][index];
    current = { longest, index };
    at.textContent = lines[longest].x[index];
    points.forEach((xs, i) => {
      const near = nearest(xs, place);
      const there = xs.length > 0 && Math.abs(xs[near] - place) < 3;
      const differs = there && lines[i].x[near] !== lines[longest].x[index];
      values[i].textContent = there ? lines[i].y[near] + (differs ? ' (' + lines[i].x[near] + ')' : '') : '';
    });
    const cross = svg.querySelector('.cross');
    cross.setAttribute('d', 'M' + place + ',' + cross.dataset.top + 'V' + cross.dataset.bottom);
  };
  figure.addEventListener('pointermove', (event) => {
    const svg = event.target.closest('svg');
    if (svg === null || svg.parentNode !== figure) return;
    const box = svg.getBoundingClientRect();
    show(svg, ((event.clientX - box.left) / box.width) * svg.viewBox.baseVal.width);
  });
  figure.addEventListener('pointerleave', clear);
  figure.addEventListener('blur', clear);
  figure.addEventListener('keydown', (event) => {
    const step = event.key === 'ArrowRight' ? 1 : event.key === 'ArrowLeft' ? -1 : 0;
    if (step === 0 || event.target !== figure) return;
    event.preventDefault();
    const svg = shown();
    const points = pointsOf(svg);
    const longest = current === null ? points.reduce((most, xs, i) => (xs.length > points[most].length ? i : most), 0) : current.longest;
    const index = current === null ? 0 : Math.min(points[longest].length - 1, Math.max(0, current.index + step));
    if (points[longest].length > 0) show(svg, points[longest][index]);
  });
}
addEventListener('beforeprint', () => {
  for (const details of document.querySelectorAll('details:not([open])')) {
    details.open = true;
    details.dataset.folded = '';
  }
});
addEventListener('afterprint', () => {
  for (const details of document.querySelectorAll('details[data-folded]')) {
    details.open = false;
    delete details.dataset.folded;
  }
});
`;
