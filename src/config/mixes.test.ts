import { describe, expect, it } from 'vitest';
import { parseMix } from './mixes.ts';

describe('parseMix', () => {
  const KEYS = ['newOrder', 'payment', 'orderStatus'];

  it.each([
    ['deck', { kind: 'deck' }],
    ['newOrder=45,payment=43', { kind: 'weights', weights: { newOrder: 45, payment: 43, orderStatus: 0 } }],
    [' payment = 0.5 , newOrder = 0 ', { kind: 'weights', weights: { newOrder: 0, payment: 0.5, orderStatus: 0 } }],
  ])('%j is a mix', (text, mix) => {
    expect(parseMix(text, KEYS)).toEqual({ mix });
  });

  it.each([
    ['', '"" is not a weight'],
    ['Deck', '"Deck" is not a weight; give deck, or newOrder=45,payment=43'],
    ['newOrder', '"newOrder" is not a weight'],
    ['newOrder=', 'newOrder has the weight ""'],
    ['newOrder=1=2', 'is not a weight'],
    ['newOrder=1,', '"" is not a weight'],
    ['newOrder=-1', 'newOrder has the weight "-1"'],
    ['newOrder=1e3', 'newOrder has the weight "1e3"'],
    ['newOrder=NaN', 'newOrder has the weight "NaN"'],
    ['neworder=1', '"neworder" is no transaction of the workload; did you mean newOrder?'],
    ['toString=1', '"toString" is no transaction of the workload; the workload has newOrder, payment, orderStatus'],
    ['newOrder=1,newOrder=2', 'newOrder is given twice'],
    ['newOrder=0,payment=0', 'all weights are 0'],
  ])('%j is none', (text, problem) => {
    const parsed = parseMix(text, KEYS);
    expect('problem' in parsed ? parsed.problem : parsed).toContain(problem);
  });
});
