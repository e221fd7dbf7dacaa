import { describe, expect, it } from 'vitest';
import { OperatingFault } from '../errors.ts';
import type { Driver } from './contract.ts';
import { addressOf, checkUrl, shownUrl } from './database-url.ts';

const DRIVER = {
  name: 'postgres',
  urlProtocols: ['postgres:', 'postgresql:'],
  urlExample: 'postgres://user@localhost:5432/tpcc',
} as unknown as Driver;

describe('the URL of a database', () => {
  it.each([
    ['postgres://me:secret@db:5433/tpcc', 'postgres://me@db:5433/tpcc'],
    ['postgres://me@db/tpcc?sslmode=require&password=secret', 'postgres://me@db/tpcc?sslmode=require'],
    ['postgres://db/tpcc?sslkey=/home/me/secret', 'postgres://db/tpcc'],
    ['mysql://db/tpcc?ssl={"key":"secret"}', 'mysql://db/tpcc'],
    ['no url, secret', 'the database'],
  ])('is shown without what is secret: %s', (url, shown) => {
    expect(shownUrl(url)).toBe(shown);
  });

  it('is refused without being quoted, with what to give instead', () => {
    for (const url of ['mysql://me:secret@db/tpcc', 'secret', '']) {
      const refuse = () => checkUrl(url, DRIVER, '--url');
      expect(refuse).toThrow(OperatingFault);
      expect(refuse).toThrow('postgres://user@localhost:5432/tpcc');
      expect(refuse).not.toThrow('secret');
    }
    checkUrl('postgresql://me:secret@db/tpcc', DRIVER, '--url');
  });

  it.each([
    ['postgres://me:secret%@db/tpcc', /hexadecimal digits; write %25/],
    ['postgres://me@db/tp%cc', /hexadecimal digits/],
    ['postgres://me@db/tpcc?secret=1', /--url: no parameters; give one such as postgres:/],
  ])('is refused where drivers could not take it apart: %s', (url, says) => {
    const driver = { ...DRIVER, urlProblem: ({ search }: URL) => (search === '' ? null : 'no parameters') };
    const refuse = () => checkUrl(url, driver, '--url');
    expect(refuse).toThrow(says);
    expect(refuse).not.toThrow('secret');
    checkUrl('postgres://me:50%25@db/tpcc', driver, '--url');
  });

  it('begins without slashes where a driver has none', () => {
    const driver = { ...DRIVER, urlProtocols: ['sqlite:'], urlExample: 'sqlite:tpcc.db' };
    expect(() => checkUrl('tpcc.db', driver, '--url')).toThrow('begins with sqlite:, such as sqlite:tpcc.db');
  });

  it('has an address, with the default port where it names none', () => {
    expect(addressOf('postgres://db/tpcc', 5432)).toEqual({ host: 'db', port: 5432 });
    expect(addressOf('postgres://me:x@db:99/tpcc', 5432)).toEqual({ host: 'db', port: 99 });
  });
});
