import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { Screen } from './screen.ts';
import { TestTerminal } from './testing/terminal.ts';

function open(columns = 40, rows = 20) {
  const terminal = new TestTerminal(columns, rows);
  return { terminal, screen: new Screen(terminal) };
}

describe('Screen', () => {
  it('draws in the place of what it drew before', () => {
    const { terminal, screen } = open();
    screen.draw(() => ['one', 'two', 'three']);
    screen.draw(() => ['one', 'TWO']);
    expect(terminal.lines).toEqual(['one', 'TWO']);
  });

  it('writes lines for good above it', () => {
    const { terminal, screen } = open();
    screen.line('first');
    screen.draw(() => ['a', 'b']);
    screen.line('second');
    expect(terminal.lines).toEqual(['first', 'second', 'a', 'b']);
    screen.line('x'.repeat(100));
    screen.clear();
    expect(terminal.lines).toEqual(['first', 'second', 'x'.repeat(40), 'x'.repeat(40), 'x'.repeat(20)]);
    expect(terminal.isAtFreshLine).toBe(true);
  });

  it('leaves the terminal as if it had drawn nothing', () => {
    const { terminal, screen } = open();
    screen.draw(() => ['a', 'b']);
    screen.clear();
    screen.clear();
    expect(terminal.lines).toEqual(['']);
    expect(terminal.isAtFreshLine).toBe(true);
    expect(terminal.listenerCount('resize')).toBe(0);
    screen.line('after');
    expect(terminal.lines).toEqual(['after']);
  });

  it('takes away what a painter no longer shows', () => {
    const { terminal, screen } = open();
    screen.line('log');
    screen.draw(() => ['a', 'b']);
    screen.draw(() => []);
    expect(terminal.lines).toEqual(['log']);
    screen.draw(() => ['c']);
    expect(terminal.lines).toEqual(['log', 'c']);
  });

  it('draws anew for another size, and takes away what the terminal has broken', () => {
    const { terminal, screen } = open(40, 20);
    screen.line('a line of the log that stays');
    screen.draw(({ columns }) => ['#'.repeat(columns - 1), 'short', '='.repeat(columns - 1)]);
    terminal.resize(15, 20);
    expect(terminal.lines).toEqual(['a line of the l', 'og that stays', '#'.repeat(14), 'short', '='.repeat(14)]);
    terminal.resize(30, 20);
    expect(terminal.lines.slice(2)).toEqual(['#'.repeat(29), 'short', '='.repeat(29)]);
  });

  it('asks a terminal that does not know its size for 80 columns and 24 rows', () => {
    const { screen, terminal } = open(0, 0);
    let asked: unknown = null;
    terminal.write = () => true;
    screen.draw((size) => {
      asked = size;
      return ['x'];
    });
    expect(asked).toEqual({ columns: 80, rows: 24 });
  });

  it('hides no cursor', () => {
    const { screen, terminal } = open();
    const written: string[] = [];
    terminal.write = (text) => written.push(text) > 0;
    screen.draw(() => ['x']);
    screen.draw(() => ['y']);
    screen.clear();
    expect(written.join('')).not.toContain('?25');
  });

  it('shows the log and then the last drawing, whatever came before', () => {
    const text = fc.string({ maxLength: 19, unit: fc.constantFrom('a', 'b', 'c') });
    const drawing = fc.array(text, { maxLength: 6 }).map((lines) => ({ lines }));
    const line = text.map((written) => ({ written }));
    fc.assert(
      fc.property(fc.array(fc.oneof(drawing, line), { maxLength: 30 }), (actions) => {
        const { terminal, screen } = open(20, 10);
        const log: string[] = [];
        let drawn: readonly string[] = [];
        for (const action of actions) {
          if ('lines' in action) {
            drawn = action.lines.filter((drawnLine) => drawnLine !== '');
            screen.draw(() => action.lines);
          } else {
            log.push(action.written);
            screen.line(action.written);
          }
          expect(terminal.lines.join('\n')).toBe([...log, ...drawn].join('\n').trimEnd());
        }
        screen.clear();
        expect(terminal.lines.join('\n')).toBe(log.join('\n').trimEnd());
        expect(terminal.isAtFreshLine).toBe(true);
      }),
    );
  });
});
