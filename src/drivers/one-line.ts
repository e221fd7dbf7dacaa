/** A server's message on one line: details follow in brackets, line ends become spaces. */
export const oneLine = (text: string): string => text.trim().replace(/\s*[\r\n]+\s*/g, ' ');
