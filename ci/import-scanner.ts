/**
 * Finds the module specifiers of a TypeScript or JavaScript source: imports, re-exports, dynamic imports and type
 * imports. It splits the source into tokens, so that what stands in comments, strings, templates and regular
 * expressions is not mistaken for code. It knows no files; `import-graph.ts` resolves what it finds.
 */

/**
 * `type` is erased by the compiler; `dynamic` is `import('x')`, whether loaded at run time or used as a type; `url` is
 * `new URL('x', import.meta.url)`, by which threads and the executable name a module that they start.
 */
export type ImportKind = 'value' | 'type' | 'dynamic' | 'url';

export interface FoundImport {
  specifier: string;
  kind: ImportKind;
  /** 1-based. */
  line: number;
}

interface Token {
  kind: 'word' | 'string' | 'value' | 'punctuator';
  /** Of a string: its content without quotes. */
  text: string;
  line: number;
}

const WORD = /[\p{L}\p{N}_$#@]/u;
const SPACE = /\s/;

/** Words after which an expression starts, so that a slash opens a regular expression. */
const EXPRESSION_FOLLOWS = new Set(
  'return typeof instanceof in of new delete void throw case do else yield await'.split(' '),
);

/** Whether the token ends an operand, so that a slash after it divides. */
function endsOperand(token: Token | undefined): boolean {
  if (token === undefined) return false;
  if (token.kind === 'word') return !EXPRESSION_FOLLOWS.has(token.text);
  if (token.kind === 'punctuator') return token.text === ')' || token.text === ']' || token.text === '}';
  return true;
}

/** The tokens of a source, comments left out. Throws on a string that does not end: then the source was misread. */
class Tokenizer {
  private readonly tokens: Token[] = [];
  private position = 0;
  private line = 1;
  private readonly source: string;
  private readonly name: string;

  constructor(source: string, name: string) {
    this.source = source;
    this.name = name;
  }

  run(): Token[] {
    if (this.source.startsWith('#!')) this.skipLine();
    this.readUntil(null);
    return this.tokens;
  }

  private fail(what: string): never {
    throw new Error(`${this.name}:${this.line}: cannot read the imports: ${what}`);
  }

  private add(kind: Token['kind'], text: string, line = this.line): void {
    this.tokens.push({ kind, text, line });
  }

  private skipLine(): void {
    while (this.position < this.source.length && this.source[this.position] !== '\n') this.position++;
  }

  /** Reads code up to the end of the source, or to the brace that closes a template's substitution. */
  private readUntil(closing: '}' | null): void {
    let depth = 0;
    while (this.position < this.source.length) {
      const character = this.source[this.position] as string;
      const next = this.source[this.position + 1];
      if (character === '\n') {
        this.line++;
        this.position++;
      } else if (SPACE.test(character)) this.position++;
      else if (character === '/' && next === '/') this.skipLine();
      else if (character === '/' && next === '*') this.skipBlockComment();
      else if (character === '"' || character === "'") this.readString(character);
      else if (character === '`') this.readTemplate();
      else if (character === '/' && this.readRegularExpression()) continue;
      else if (WORD.test(character)) this.readWord();
      else {
        if (character === '{') depth++;
        if (character === '}') {
          if (depth === 0 && closing !== null) return;
          depth--;
        }
        this.position++;
        // A non-null assertion leaves its operand an operand.
        if (character === '!' && next !== '=' && endsOperand(this.tokens.at(-1))) continue;
        this.add('punctuator', character);
      }
    }
    if (closing !== null) this.fail('a template does not end');
  }

  private skipBlockComment(): void {
    const end = this.source.indexOf('*/', this.position + 2);
    if (end < 0) this.fail('a comment does not end');
    for (; this.position < end + 2; this.position++) if (this.source[this.position] === '\n') this.line++;
  }

  private readWord(): void {
    const start = this.position;
    while (this.position < this.source.length && WORD.test(this.source[this.position] as string)) this.position++;
    this.add('word', this.source.slice(start, this.position));
  }

  private readString(quote: string): void {
    const start = ++this.position;
    for (; this.source[this.position] !== quote; this.position++) {
      if (this.position >= this.source.length || this.source[this.position] === '\n')
        this.fail('a string does not end');
      if (this.source[this.position] === '\\' && this.source[++this.position] === '\n') this.line++;
    }
    this.add('string', this.source.slice(start, this.position++));
  }

  /** A template without substitutions is a string; one with them is an operand whose substitutions are read as code. */
  private readTemplate(): void {
    const line = this.line;
    const start = ++this.position;
    let substitutions = 0;
    for (; this.source[this.position] !== '`'; this.position++) {
      const character = this.source[this.position];
      if (character === undefined) this.fail('a template does not end');
      if (character === '\n') this.line++;
      if (character === '\\') {
        if (this.source[++this.position] === '\n') this.line++;
      } else if (character === '$' && this.source[this.position + 1] === '{') {
        substitutions++;
        this.add('punctuator', '(');
        this.position += 2;
        this.readUntil('}');
      }
    }
    const text = this.source.slice(start, this.position++);
    if (substitutions === 0) this.add('string', text, line);
    else this.add('value', '', line);
  }

  /** False where the slash divides. */
  private readRegularExpression(): boolean {
    if (endsOperand(this.tokens.at(-1))) return false;
    let inClass = false;
    for (let end = this.position + 1; end < this.source.length && this.source[end] !== '\n'; end++) {
      const character = this.source[end];
      if (character === '\\') end++;
      else if (character === '[') inClass = true;
      else if (character === ']') inClass = false;
      else if (character === '/' && !inClass) {
        this.position = end + 1;
        this.add('value', '');
        return true;
      }
    }
    return false;
  }
}

const isText = (token: Token | undefined, text: string): boolean =>
  token !== undefined && token.kind !== 'string' && token.text === text;

/**
 * The specifier that follows an import or export clause starting at `index`: names, braces and commas, then `from` and
 * a string. Null where the statement has none (`export { a };`, `import.meta`, a property called `import`).
 */
function specifierAfterClause(tokens: readonly Token[], index: number): string | null {
  let inBraces = false;
  for (let at = index; at < tokens.length; at++) {
    const token = tokens[at] as Token;
    const next = tokens[at + 1];
    if (!inBraces && isText(token, 'from') && next?.kind === 'string') return next.text;
    if (isText(token, '{')) inBraces = true;
    else if (isText(token, '}')) {
      if (!isText(next, 'from')) return null;
      inBraces = false;
    } else if (token.kind === 'punctuator' && token.text !== ',' && token.text !== '*') return null;
    else if (token.kind === 'value' || (token.kind === 'string' && !inBraces)) return null;
  }
  return null;
}

/** What `new URL('x', import.meta.url)` names, where one starts at `index`. */
function urlBesideModule(tokens: readonly Token[], index: number): string | null {
  const name = tokens[index + 3];
  const before = ['new', 'URL', '('].every((text, at) => isText(tokens[index + at], text));
  const after = [',', 'import', '.', 'meta', '.', 'url'].every((text, at) => isText(tokens[index + 4 + at], text));
  return before && after && name?.kind === 'string' ? name.text : null;
}

/**
 * All specifiers of a source, in order of appearance. Dynamic imports count where their argument is a plain string.
 * @param name what messages call the source
 * @throws Error where a string, template or comment does not end
 */
export function scanImports(source: string, name: string): FoundImport[] {
  const tokens = new Tokenizer(source, name).run();
  const found: FoundImport[] = [];
  for (const [index, token] of tokens.entries()) {
    const add = (specifier: string | null, kind: ImportKind): void => {
      if (specifier !== null) found.push({ specifier, kind, line: token.line });
    };
    add(urlBesideModule(tokens, index), 'url');
    if (token.kind !== 'word' || (token.text !== 'import' && token.text !== 'export')) continue;
    if (isText(tokens[index - 1], '.')) continue;
    const next = tokens[index + 1];
    const afterNext = tokens[index + 2];
    if (token.text === 'import' && next?.kind === 'string') add(next.text, 'value');
    else if (token.text === 'import' && isText(next, '(')) {
      if (afterNext?.kind === 'string') add(afterNext.text, 'dynamic');
    } else {
      const typed = isText(next, 'type') && !isText(afterNext, 'from') && !isText(afterNext, ',');
      const clause = typed ? index + 2 : index + 1;
      const reexports = isText(tokens[clause], '{') || isText(tokens[clause], '*');
      if (token.text === 'import' || reexports) add(specifierAfterClause(tokens, clause), typed ? 'type' : 'value');
    }
  }
  return found;
}
