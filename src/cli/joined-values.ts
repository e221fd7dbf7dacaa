/** Values that are options themselves: `--a "--num-threads 2"` would look like two options one after the other. */

/**
 * Writes `--name VALUE` as `--name=VALUE`, whatever the value begins with. A name of one letter, which the help shows with
 * one dash, may have one.
 * @param names of options, without dashes
 */
export function withValuesJoined(argv: readonly string[], names: readonly string[]): string[] {
  const joined: string[] = [];
  for (let i = 0; i < argv.length; i++) {
    const token = argv[i] as string;
    const name = names.find((each) => token === `--${each}` || (each.length === 1 && token === `-${each}`));
    joined.push(name !== undefined && i + 1 < argv.length ? `--${name}=${argv[++i]}` : token);
    if (token === '--') return [...joined, ...argv.slice(i + 1)];
  }
  return joined;
}
