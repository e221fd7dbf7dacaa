/** The system's reasons for what fails on a socket, in words. */

const REASONS: Readonly<Record<string, string>> = {
  ECONNREFUSED: 'connection refused',
  ECONNRESET: 'the connection was reset',
  EPIPE: 'the connection was reset',
  ETIMEDOUT: 'no answer from the host',
  EHOSTUNREACH: 'the host cannot be reached',
  ENETUNREACH: 'the network cannot be reached',
  ENOTFOUND: 'there is no host of this name',
  EAI_AGAIN: 'the name of the host cannot be looked up now',
};

/** A few words for `error`; its own where none are known. */
export function socketReason(error: Error): string {
  const code = errorCode(error);
  return REASONS[code] ?? (error.message === '' ? code : error.message.split('\n', 1)[0]);
}

/** The system's code, such as EADDRINUSE; `UNKNOWN` without one. */
export const errorCode = (error: Error): string => {
  const { code } = error as NodeJS.ErrnoException;
  return typeof code === 'string' ? code : 'UNKNOWN';
};
