/**
 * HTML and SVG as values that cannot be confused with text: what a template is given is escaped unless it is markup
 * itself. Options, host names and messages come from users, so nothing reaches the page another way.
 */

/** A piece of a page, escaped already. */
export class Markup {
  readonly text: string;

  /** @param text is taken as it is: only for constants of this folder */
  constructor(text: string) {
    this.text = text;
  }
}

export type Part = Markup | string | number | null | readonly Part[];

/** The template with its values escaped; lists are joined, null is nothing. */
export function markup(template: TemplateStringsArray, ...parts: readonly Part[]): Markup {
  let text = template[0] as string;
  for (const [i, part] of parts.entries()) text += shown(part) + template[i + 1];
  return new Markup(text);
}

function shown(part: Part): string {
  if (part === null) return '';
  if (part instanceof Markup) return part.text;
  if (typeof part === 'object') return part.map(shown).join('');
  return escaped(String(part));
}

const ENTITIES: Readonly<Record<string, string>> = {
  '&': '&amp;',
  '<': '&lt;',
  '>': '&gt;',
  '"': '&quot;',
  "'": '&#39;',
};

/** A page may not hold these, not even escaped. */
// biome-ignore lint/suspicious/noControlCharactersInRegex: they are what is replaced
const FORBIDDEN = /[\u0000-\u0008\u000b\u000c\u000e-\u001f\u007f-\u009f]/g;

const escaped = (text: string): string =>
  text.replace(FORBIDDEN, '\ufffd').replace(/[&<>"']/g, (character) => ENTITIES[character] as string);

/** Data for a script block. No end tag can stand in it. */
export const jsonMarkup = (data: unknown): Markup => new Markup(JSON.stringify(data).replaceAll('<', '\\u003c'));
