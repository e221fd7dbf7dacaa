/** How messages show a value that somebody gave: on one line, quoted, and cut when long. */

const LONGEST_SHOWN = 60;

// biome-ignore lint/suspicious/noControlCharactersInRegex: they are what a terminal must not get
const CONTROLS = /[\u0000-\u001f\u007f-\u009f\u2028\u2029]/g;

/** The text with control characters and line ends as escapes: on one line, and without effect on a terminal. */
export const withoutControls = (text: string): string =>
  text.replace(CONTROLS, (control) => `\\u${control.charCodeAt(0).toString(16).padStart(4, '0')}`);

/** The text in quotes, with control characters escaped. */
export function shownText(text: string): string {
  const shown = text.length > LONGEST_SHOWN ? `${text.slice(0, LONGEST_SHOWN)}…` : text;
  return withoutControls(JSON.stringify(shown));
}

/** A key as it stands in a file, quoted only where it is no plain word. */
export const shownKey = (key: string): string => (/^[\w.[\]-]{1,60}$/.test(key) ? key : shownText(key));

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
