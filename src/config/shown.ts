/** How messages show a value that somebody gave: on one line, quoted, and cut when long. */

const LONGEST_SHOWN = 60;

/** The text in quotes, with control characters escaped. */
export function shownText(text: string): string {
  return JSON.stringify(text.length > LONGEST_SHOWN ? `${text.slice(0, LONGEST_SHOWN)}…` : text);
}

/** A value of a YAML file as a person would name it: `the text "x"`, `a list`, `empty`. */
export function shownValue(value: unknown): string {
  if (value === null || value === undefined) return 'empty';
  if (Array.isArray(value)) return 'a list';
  switch (typeof value) {
    case 'string':
      return `the text ${shownText(value)}`;
    case 'number':
      return `the number ${value}`;
    case 'boolean':
      return `${value}`;
    default:
      return 'a mapping';
  }
}
