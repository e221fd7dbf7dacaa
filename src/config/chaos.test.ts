import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { type ChaosEvent, parseChaos } from './chaos.ts';

const eventsOf = (text: string): ChaosEvent[] => {
  const parsed = parseChaos(text);
  if ('problem' in parsed) throw new Error(parsed.problem);
  return parsed.events;
};

describe('parseChaos', () => {
  it.each<[string, object]>([
    [
      'pause:worker=1,for=200ms,every=2s',
      { kind: 'pause', worker: 1, pauseMs: 200, times: { kind: 'every', everyMs: 2000 } },
    ],
    ['pause:worker,for=1,at=0', { kind: 'pause', worker: null, pauseMs: 1000, times: { kind: 'at', atMs: 0 } }],
    ['pause:worker,rate=0.5,for=5ms', { kind: 'pause', times: { kind: 'rate', timesPerSecond: 0.5 } }],
    [
      'delay:frames,shard=0,for=5ms,chance=1%',
      { kind: 'delay', shardId: 0, delayMs: 5, times: { kind: 'chance', chancePct: 1 } },
    ],
    [
      'delay:frames,for=0.5ms,at=1m',
      { kind: 'delay', shardId: null, delayMs: 0.5, times: { kind: 'at', atMs: 60_000 } },
    ],
    ['kill:process,at=3s', { kind: 'kill', atMs: 3000 }],
    ['stop:transport=1,at=1500ms', { kind: 'stop', shardId: 1, atMs: 1500 }],
  ])('reads %s', (text, event) => {
    expect(eventsOf(text)).toEqual([expect.objectContaining({ text, ...event })]);
  });

  it('reads several events, each of which keeps its text', () => {
    const texts = ['pause:worker=1,for=200ms,every=2s', 'kill:process,at=3s', 'delay:frames,for=5ms,chance=0.5%'];
    expect(eventsOf(texts.join(', ')).map(({ text }) => text)).toEqual(texts);
  });

  it.each([
    ['puase:worker,for=1s,at=1s', 'did you mean pause?'],
    ['explode', 'there is pause:worker'],
    ['pause', 'lacks what it is done to'],
    ['kill:worker,at=1s', 'kill:process'],
    ['pause:worker=x,for=1s,at=1s', 'worker is "x"'],
    ['pause:worker,for=1s', 'does not say when'],
    ['pause:worker,for=1s,at=1s,every=2s', 'at, every exclude each other'],
    ['pause:worker,at=1s', 'for is missing'],
    ['pause:worker,for=0,at=1s', 'for is "0"'],
    ['pause:worker,for=1s,chance=1%', '"chance" is unknown'],
    ['pause:worker,fro=1s,at=1s', 'did you mean for?'],
    ['pause:worker,for=1s,for=2s,at=1s', 'for is given twice'],
    ['pause:worker,for,at=1s', '"for" is no for=VALUE'],
    ['pause:worker,for=1s,rate=0', 'rate is "0"'],
    ['delay:frames,for=1s,chance=1', 'chance is "1"'],
    ['delay:frames,for=1s,chance=101%', 'at most 100%'],
    ['delay:frames,for=1s', 'chance, at, every, rate'],
    ['kill:process', 'at is missing'],
    ['kill:process,at=-1s', 'at is "-1s"'],
    ['stop:transport,at=1s', 'stop:transport=N'],
    ['kill:process,at=1s,', '"" is unknown'],
    ['pause:worker,for=\u001b[2J,at=1s', '\\u001b'],
  ])('refuses %j and says why', (text, problem) => {
    const parsed = parseChaos(text);
    expect(parsed).toEqual({ problem: expect.stringContaining(problem) });
    // biome-ignore lint/suspicious/noControlCharactersInRegex: no message may hold one
    expect((parsed as { problem: string }).problem).not.toMatch(/[\u0000-\u001f]/);
  });

  it('takes any text apart or refuses it', () => {
    const word = fc.constantFrom(
      'pause',
      'delay',
      'kill',
      'stop',
      'worker',
      'frames',
      'at',
      'for',
      'every',
      ':',
      ',',
      '=',
      '1s',
      '%',
    );
    fc.assert(
      fc.property(
        fc.oneof(
          fc.string(),
          fc.array(word, { maxLength: 12 }).map((words) => words.join('')),
        ),
        (text) => {
          const parsed = parseChaos(text);
          if ('problem' in parsed) expect(parsed.problem).not.toBe('');
          else for (const event of parsed.events) expect(parseChaos(event.text)).toEqual({ events: [event] });
        },
      ),
    );
  });
});
