/** The search with targets whose bugs are known: what it must find, and what it must not say. */
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, describe, expect, it } from 'vitest';
import { BlockCoverage } from './block-coverage.ts';
import { Campaign, type CampaignResult } from './campaign.ts';
import type { FuzzTarget, KnownFailure } from './fuzz-target.ts';

const folder = mkdtempSync(join(tmpdir(), 'dbtest-fuzz-test-'));
afterAll(() => rmSync(folder, { recursive: true }));

/** Each byte of the secret word is a block of its own; the last one is a bug. */
const LADDER = `exports.read = (bytes) => {
  if (bytes[0] === 0x66) {
    if (bytes[1] === 0x75) {
      if (bytes[2] === 0x7a) {
        if (bytes[3] === 0x7a) throw new RangeError('the top at ' + bytes.length);
      }
    }
  }
};`;

let modules = 0;

interface Search {
  seed?: number;
  inputsMax?: number;
  guided?: boolean;
  knownFailures?: KnownFailure[];
  read?: (bytes: Uint8Array) => void;
}

async function search({ seed = 1, inputsMax = 60_000, guided = true, knownFailures = [], read }: Search) {
  const path = join(folder, `ladder-${modules++}.cjs`);
  writeFileSync(path, LADDER);
  const coverage = new BlockCoverage((url) => guided && url.endsWith(path));
  coverage.start();
  try {
    const ladder = createRequire(import.meta.url)(path) as { read(bytes: Uint8Array): void };
    const tried: string[] = [];
    const target: FuzzTarget = {
      name: 'ladder',
      describe: '',
      bytesMax: 16,
      dictionary: [],
      guidedBy: /^/,
      knownFailures,
      seeds: () => [],
      open: async () => ({ execute: () => {}, close: async () => {} }),
    };
    const campaign = new Campaign({
      target,
      open: { execute: read ?? ladder.read, close: async () => {} },
      coverage,
      seed,
      seeds: [new Uint8Array(4)],
      deadlineMs: Number.POSITIVE_INFINITY,
      inputsMax,
      beginning: (input) => {
        if (tried.length < 2_000) tried.push(Buffer.from(input).toString('hex'));
      },
    });
    return { result: await campaign.run(), tried };
  } finally {
    coverage.stop();
  }
}

const plain = ({ inputs, kept, blocks, findings }: CampaignResult) => ({
  inputs,
  kept,
  blocks,
  findings: findings.map(({ signature }) => signature),
});

describe('a search', () => {
  it('climbs block by block to a bug that chance does not find, and makes its input small', async () => {
    const { result } = await search({});
    expect(result.findings).toHaveLength(1);
    const [finding] = result.findings;
    expect(finding.signature).toMatch(/^RangeError: the top at #/);
    expect(Buffer.from(finding.input).toString()).toBe('fuzz');
    expect(result.kept).toBeGreaterThanOrEqual(4);
    const blind = await search({ guided: false });
    expect(blind.result.findings).toEqual([]);
    expect(blind.result.kept).toBe(1);
  });

  it('takes the same way with the same seed, and another one with another', async () => {
    const [first, again, other] = [
      await search({ inputsMax: 3_000 }),
      await search({ inputsMax: 3_000 }),
      await search({ seed: 2, inputsMax: 3_000 }),
    ];
    expect(again.tried).toEqual(first.tried);
    expect(plain(again.result)).toEqual(plain(first.result));
    expect(other.tried).not.toEqual(first.tried);
  });

  it('tells a failure once, and counts one that is known', async () => {
    const read = (bytes: Uint8Array) => {
      if (bytes.length > 2) throw new Error(`too long: ${bytes.length}`);
      if (bytes.length === 1) throw new Error('one');
    };
    const { result } = await search({
      read,
      inputsMax: 500,
      knownFailures: [{ pattern: /^Error: one/, reason: 'one byte' }],
    });
    expect(result.findings.map(({ signature }) => signature.split(' in ')[0])).toEqual(['Error: too long: #']);
    expect(result.findings[0].input).toEqual(new Uint8Array(3));
    expect(result.knownFailures['one byte']).toBeGreaterThan(0);
  });

  it('takes an input that takes too long for a failure', async () => {
    const read = (bytes: Uint8Array) => {
      if (bytes.length !== 4) return;
      for (const endMs = performance.now() + 2_050; performance.now() < endMs; );
    };
    const { result } = await search({ read, inputsMax: 1 });
    expect(result.findings.map(({ signature }) => signature)).toEqual(['SlowInput: it takes # ms']);
  });
});
