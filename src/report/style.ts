/** How a report looks: its width, its colours, headings, wrapped text and `label  value` lines. It knows no result. */
import { styleText } from 'node:util';

/** What the terminal, file or pipe that a report goes to can show. */
export interface ReportStyle {
  /** Whether to use terminal colours. The report says the same without them. */
  colour: boolean;
  /** Columns to stay within. */
  width: number;
}

export type Tone = 'heading' | 'good' | 'bad' | 'doubtful';

const FORMATS = { heading: 'bold', good: 'green', bad: 'red', doubtful: 'yellow' } as const;

/** Width of the label column of `labelled`. */
const LABEL_WIDTH = 14;

/** `text` in a tone, or unchanged where the style has no colours. */
export function paint(style: ReportStyle, tone: Tone, text: string): string {
  // The caller knows where the text goes; stdout, which newer versions of Node ask, may not be that place.
  return style.colour ? styleText(FORMATS[tone], text, { validateStream: false }) : text;
}

/**
 * Breaks `text` at spaces so that no line exceeds the style's width; a longer word stays whole.
 * @param first in front of the first line
 * @param others in front of every other line
 */
export function wrap(style: ReportStyle, text: string, first: string, others: string): string[] {
  const lines: string[] = [];
  let line = first;
  let empty = true;
  for (const word of text.split(' ').filter((part) => part !== '')) {
    if (!empty && line.length + 1 + word.length > style.width) {
      lines.push(line);
      line = others;
      empty = true;
    }
    line += empty ? word : ` ${word}`;
    empty = false;
  }
  lines.push(line.trimEnd());
  return lines;
}

/** `  label   value`, wrapped with the value's lines below each other. */
export function labelled(style: ReportStyle, label: string, value: string): string[] {
  return wrap(style, value, `  ${label.padEnd(LABEL_WIDTH)}`, ' '.repeat(2 + LABEL_WIDTH));
}
