/** Result files: whatever lies in a file is a result that reports can show, or a message. */
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Writable } from 'node:stream';
import type { RunResult } from '../../../src/bench/result.ts';
import { renderConsoleReport } from '../../../src/report/console-report.ts';
import { renderHtmlReport } from '../../../src/report/html/html-report.ts';
import { writeJson } from '../../../src/report/json-report.ts';
import { readResultFile } from '../../../src/report/result-file.ts';
import { check, type FuzzTarget, type OpenTarget, valueOrFault } from '../fuzz-target.ts';

/** Where JSON goes instead of standard output. */
class Kept extends Writable {
  text = '';

  override _write(chunk: Buffer, _encoding: BufferEncoding, done: () => void): void {
    this.text += chunk.toString();
    done();
  }
}

async function checkResult(result: RunResult, path: string): Promise<void> {
  renderConsoleReport(result, { colour: false, width: 100 });
  renderHtmlReport(result);
  const kept = new Kept();
  await writeJson(result, '-', kept);
  writeFileSync(path, kept.text);
  const again = valueOrFault(() => readResultFile(path));
  check(again !== null, 'an accepted result is written as one that is refused');
  check(JSON.stringify(again) === JSON.stringify(result), 'an accepted result is written as another');
}

export const RESULT_FILE: FuzzTarget = {
  name: 'result-file',
  describe: 'readResultFile: result files, up to the report of what is accepted',
  bytesMax: 16_384,
  dictionary: [
    ...[
      'null',
      'true',
      '1e999',
      '-1',
      '0.5',
      '""',
      '[]',
      '{}',
      '[null]',
      '{"a":1}',
      '"schemaVersion":1',
      '"__proto__":{}',
      ',',
    ],
    ...[
      '"shards":[]',
      '"transactions":{}',
      '"histogram":[]',
      '"conditions":[]',
      '"audit":[]',
      '"series":[]',
      '"deviations":["x"]',
    ],
    ...[
      '"latencyUs":null',
      '"violations":["x"]',
      '"fromUs":0',
      '"count":1',
      '"kind":"weights"',
      '"localShardIds":[]',
      '"lostShards":[0]',
    ],
  ],
  guidedBy: /\/src\/report\//,
  knownFailures: [],
  seeds: () => ['{"schemaVersion":99}', 'null'],
  open: async (): Promise<OpenTarget> => {
    const folder = mkdtempSync(join(tmpdir(), 'dbtest-fuzz-result-'));
    const path = join(folder, 'result.json');
    return {
      execute: async (input) => {
        writeFileSync(path, input);
        const result = valueOrFault(() => readResultFile(path));
        if (result !== null) await checkResult(result, path);
      },
      close: async () => rmSync(folder, { recursive: true }),
    };
  },
};
