import { chmodSync, existsSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { usageFaultOf } from '../config/testing/fault.ts';
import { readSecret, SECRET_BYTES_MAX } from './secret.ts';

let folder: string;
let path: string;

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'dbtest-secret-'));
  path = join(folder, 'secret');
});
afterEach(() => rmSync(folder, { recursive: true }));

const messageFor = (content: string | Uint8Array): string => {
  writeFileSync(path, content);
  const { message } = usageFaultOf(() => readSecret(path, {}));
  expect(message).toMatch(/^--secret-file: "/);
  expect(message).toContain(path);
  return message;
};

describe('readSecret', () => {
  it('takes the file, then the environment, then none', () => {
    writeFileSync(path, 'of the file');
    expect(readSecret(path, { DBTEST_SECRET: 'of the environment' })).toBe('of the file');
    expect(readSecret(null, { DBTEST_SECRET: 'of the environment' })).toBe('of the environment');
    expect(readSecret(null, { OTHER: 'x' })).toBeNull();
  });

  it('leaves out the white space around it', () => {
    writeFileSync(path, ' \t two words \r\n\n');
    expect(readSecret(path, {})).toBe('two words');
    expect(readSecret(null, { DBTEST_SECRET: 'x\n' })).toBe('x');
  });

  it('takes 1 to 1024 bytes, counted as UTF-8', () => {
    for (const secret of ['x', 'x'.repeat(SECRET_BYTES_MAX), 'ä'.repeat(SECRET_BYTES_MAX / 2)]) {
      writeFileSync(path, `${secret}\n`);
      expect(readSecret(path, {})).toBe(secret);
      expect(readSecret(null, { DBTEST_SECRET: secret })).toBe(secret);
    }
    expect(messageFor('x'.repeat(SECRET_BYTES_MAX + 1))).toContain('longer than a secret may be; give 1 to 1024 bytes');
    expect(messageFor('ä'.repeat(SECRET_BYTES_MAX / 2 + 1))).toContain('longer than a secret may be');
    expect(messageFor(`x${'ä'.repeat(1e6)}`)).toContain('longer than a secret may be');
    const long = usageFaultOf(() => readSecret(null, { DBTEST_SECRET: 'y'.repeat(SECRET_BYTES_MAX + 1) })).message;
    expect(long).toMatch(/^DBTEST_SECRET is longer/);
    expect(long).not.toContain('yy');
  });

  it('refuses an empty one instead of running without', () => {
    expect(messageFor('')).toContain('is empty; give a secret of 1 to 1024 bytes');
    expect(messageFor(' \n\t')).toContain('is empty');
    expect(usageFaultOf(() => readSecret(null, { DBTEST_SECRET: '' })).message).toMatch(/^DBTEST_SECRET is empty/);
  });

  it('refuses what is no text, without showing it', () => {
    const message = messageFor(Uint8Array.of(0x73, 0x65, 0x63, 0xff));
    expect(message).toContain('is not UTF-8 text');
    expect(message).not.toContain('sec\ufffd');
  });

  it('refuses what cannot be read', () => {
    const reasonFor = (given: string) => usageFaultOf(() => readSecret(given, {})).message;
    expect(reasonFor(join(folder, 'missing'))).toContain('cannot be read: no such file or folder');
    expect(reasonFor(folder)).toContain('cannot be read: it is a folder');
  });

  it.skipIf(process.getuid?.() === 0)('refuses a file of somebody else', () => {
    writeFileSync(path, 'x');
    chmodSync(path, 0);
    expect(usageFaultOf(() => readSecret(path, {})).message).toContain('permission denied');
  });

  it.runIf(existsSync('/dev/zero'))('reads no endless device to its end', () => {
    expect(usageFaultOf(() => readSecret('/dev/zero', {})).message).toContain('longer than a secret may be');
  });
});
