import { describe, expect, it } from 'vitest';
import { shownWords, takeUrl } from './url-words.ts';

describe('the URL among the words of a run', () => {
  const url = 'postgres://me:s3cret@db/tpcc';

  it.each([
    [['--driver', 'postgres', '--url', url, '--seed', '1']],
    [['--driver', 'postgres', `--url=${url}`, '--seed', '1']],
  ])('is taken out of %j', (words) => {
    expect(takeUrl(words)).toEqual({ rest: ['--driver', 'postgres', '--seed', '1'], url });
    expect(shownWords(words)).toEqual(['--driver', 'postgres', '--seed', '1', '--url', 'postgres://me@db/tpcc']);
  });

  it('is nothing where there is none', () => {
    expect(takeUrl(['--seed', '1'])).toEqual({ rest: ['--seed', '1'], url: null });
    expect(shownWords(['--seed', '1'])).toEqual(['--seed', '1']);
  });
});
