/** What makes two failures the same one: what was thrown, and where. */

const LONGEST_SIGNATURE = 160;

/**
 * Kind, message without its numbers and quoted values, and the first function of the program on the stack. What a parser
 * says quotes the input, so of a SyntaxError only the place counts.
 */
export function signatureOf(error: unknown): string {
  if (!(error instanceof Error)) return `thrown: ${String(error).slice(0, LONGEST_SIGNATURE)}`;
  if (error instanceof SyntaxError) return `${error.name}${placeOf(error)}`;
  const message = error.message
    .split('\n', 1)[0]
    .replace(/"[^"]*"/g, '""')
    .replace(/-?\d+(\.\d+)?/g, '#');
  return `${error.name}: ${message.slice(0, LONGEST_SIGNATURE)}${placeOf(error)}`;
}

/** Where it was thrown, without lines, which change with the source. */
function placeOf(error: Error): string {
  for (const line of error.stack?.split('\n') ?? []) {
    const frame = /^\s+at (?:async )?(?:new )?([^ ]+) \(.*?\/((?:src|workloads)\/[^:]*?)\.[jt]s:\d+:\d+\)$/.exec(line);
    if (frame !== null && frame[2] !== 'src/assert') return ` in ${frame[1]} (${frame[2]})`;
  }
  return '';
}

/** All that is known of it, for a person. */
export const detailOf = (error: unknown): string =>
  error instanceof Error ? (error.stack ?? `${error.name}: ${error.message}`) : String(error);
