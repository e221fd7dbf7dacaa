/** Names as identifiers: in quotes, whatever they hold. */
export const quoteName = (name: string): string => `"${name.replaceAll('"', '""')}"`;

/** A text as a literal, for the few statements that take no parameters. */
export const quoteText = (text: string): string => `'${text.replaceAll("'", "''")}'`;
