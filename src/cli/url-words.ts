/** URLs of databases among the words of a command line: they hold passwords, which are neither shown nor handed on there. */
import { shownUrl } from '../drivers/database-url.ts';

const OPTION = '--url';

/** The words without the URL, and the URL. */
export function takeUrl(words: readonly string[]): { rest: string[]; url: string | null } {
  const rest: string[] = [];
  let url: string | null = null;
  for (let i = 0; i < words.length; i++) {
    const word = words[i] as string;
    if (word.startsWith(`${OPTION}=`)) url = word.slice(OPTION.length + 1);
    else if (word === OPTION) url = words[++i] ?? null;
    else rest.push(word);
  }
  return { rest, url };
}

/** The words as they may be printed. */
export function shownWords(words: readonly string[]): string[] {
  const { rest, url } = takeUrl(words);
  return url === null ? rest : [...rest, OPTION, shownUrl(url)];
}
