/** URLs of databases, which hold passwords: taken apart, checked, and shown without. */
import { usageFault } from '../errors.ts';
import type { Driver } from './contract.ts';

/** Query parameters whose value is nobody's business. */
const SECRET_PARAMETER = /pass|secret|token|key$|^ssl$/i;

/** @param where what the URL was given by: `--url`. @throws OperatingFault (exit status 2), which does not quote the URL */
export function checkUrl(url: string, driver: Driver, where: string): void {
  const given = parsed(url);
  if (given === null || !driver.urlProtocols.includes(given.protocol)) {
    const slashes = driver.urlExample.includes('//') ? '//' : '';
    const form = driver.urlProtocols.map((each) => `${each}${slashes}`).join(' or ');
    const what = given === null ? 'that is no URL' : `${given.protocol} is not the protocol of ${driver.name}`;
    throw usageFault(`${where}: ${what}; give one that begins with ${form}, such as ${driver.urlExample}`);
  }
  if (![given.username, given.password, given.host, given.pathname].every(isEncoded)) {
    throw usageFault(
      `${where}: it has a % that is not followed by two hexadecimal digits; write %25 for the sign itself`,
    );
  }
  const problem = driver.urlProblem?.(given) ?? null;
  if (problem !== null) throw usageFault(`${where}: ${problem}; give one such as ${driver.urlExample}`);
}

/** Whether drivers will be able to take the escapes out of it. */
function isEncoded(part: string): boolean {
  try {
    decodeURIComponent(part);
    return true;
  } catch {
    return false;
  }
}

/** The URL as it may be printed: without its password and without values that may be secret. */
export function shownUrl(url: string): string {
  const shown = parsed(url);
  if (shown === null) return 'the database';
  shown.password = '';
  for (const name of [...shown.searchParams.keys()]) {
    if (SECRET_PARAMETER.test(name)) shown.searchParams.delete(name);
  }
  return shown.toString();
}

/** Host and port of a URL, for reports that name an address; port 0 where there is none. */
export function addressOf(url: string, defaultPort: number): { host: string; port: number } {
  const { hostname, port } = parsed(url) ?? { hostname: '', port: '' };
  return { host: hostname, port: port === '' ? defaultPort : Number(port) };
}

function parsed(url: string): URL | null {
  try {
    return new URL(url);
  } catch {
    return null;
  }
}
