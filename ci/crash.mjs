#!/usr/bin/env node
/**
 * Kills durable runs at random moments, recovers them, and looks whether every order that was acknowledged is there with all
 * its lines, at whichever shard they are, and whether the conditions hold. Then the next run goes on with the same folder.
 *
 *   node ci/crash.mjs [--rounds 10] [--processes 1] [--shards 2] [--durability epoch] [--seed 1] [--dir FOLDER] [--dbtest bin/dbtest.js]
 *
 * What the program says it acknowledged is in files that the runs write as clients would: a line for each order, in the
 * system's hands before the next one is answered. Exit status 1 when anything is missing.
 */
import { spawn, spawnSync } from 'node:child_process';
import { createReadStream, existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { parseArgs } from 'node:util';

const { values } = parseArgs({
  options: {
    rounds: { type: 'string', default: '10' },
    processes: { type: 'string', default: '1' },
    shards: { type: 'string', default: '2' },
    durability: { type: 'string', default: 'epoch' },
    seed: { type: 'string', default: String(Date.now() % 1_000_000) },
    dir: { type: 'string' },
    dbtest: { type: 'string', default: new URL('../bin/dbtest.js', import.meta.url).pathname },
    'snapshot-log-mb': { type: 'string', default: '20' },
  },
});
const rounds = Number(values.rounds);
const processes = Number(values.processes);
const shards = Number(values.shards);
const folder = values.dir ?? mkdtempSync(join(tmpdir(), 'dbtest-crash-'));
const dataDir = join(folder, 'data');
/** Longest time from the start of the measurement to the kill. */
const RUN_MS_MOST = 2500;
/** Share of kills that come while the run has not begun to measure: in its recovery, or in its warm-up. */
const EARLY_SHARE = 0.2;
const WAREHOUSES_A_SHARD = 1;

let state = Number(values.seed) >>> 0;
/** mulberry32: the same seed kills at the same times, as far as the machine lets it. */
function random() {
  state = (state + 0x6d2b79f5) >>> 0;
  let t = Math.imul(state ^ (state >>> 15), 1 | state);
  t = (t + Math.imul(t ^ (t >>> 7), 61 | t)) ^ t;
  return ((t ^ (t >>> 14)) >>> 0) / 4294967296;
}

mkdirSync(folder, { recursive: true });
const yaml = join(folder, 'shards.yml');
const ports = spawnSync(process.execPath, [
  new URL('./ports.mjs', import.meta.url).pathname,
  'yaml',
  shards,
  WAREHOUSES_A_SHARD,
  yaml,
]);
if (ports.status !== 0) throw new Error(String(ports.stderr));

const shardsOf = (index) =>
  Array.from({ length: shards }, (_, shard) => shard).filter(
    (shard) => Math.floor((shard * processes) / shards) === index,
  );
const acknowledgements = (index) => join(folder, `acknowledged-${index}.txt`);
const common = (index) => [
  `--shard-config=${yaml}`,
  `--local-shards=${shardsOf(index).join(',')}`,
  `--warehouses=${WAREHOUSES_A_SHARD}`,
  `--data-dir=${dataDir}`,
  `--durability=${values.durability}`,
];

/** @returns exit statuses; throws with what they said when any is not 0 */
async function runAll(command, extra = () => []) {
  const runs = Array.from({ length: processes }, (_, index) => start([command, ...common(index), ...extra(index)]));
  const ended = await Promise.all(runs.map((run) => run.ended));
  const bad = ended.findIndex(({ status }) => status !== 0);
  if (bad >= 0) throw new Error(`${command}: exit ${ended[bad].status}: ${runs[bad].said()}`);
  return runs;
}

function start(args) {
  const child = spawn(process.execPath, [values.dbtest, ...args], { stdio: ['ignore', 'pipe', 'pipe'] });
  let text = '';
  const waiting = [];
  const take = (piece) => {
    text += piece;
    for (let i = waiting.length - 1; i >= 0; i--)
      if (text.includes(waiting[i].what)) waiting.splice(i, 1)[0].resolve(true);
  };
  child.stdout.on('data', take);
  child.stderr.on('data', take);
  const ended = new Promise((resolve) => {
    child.on('close', (status, signal) => {
      for (const { resolve: no } of waiting) no(false);
      resolve({ status, signal });
    });
  });
  const saying = (what) =>
    text.includes(what) ? Promise.resolve(true) : new Promise((resolve) => waiting.push({ what, resolve }));
  return { child, ended, said: () => text, saying };
}

const pause = (ms) => new Promise((resolve) => setTimeout(resolve, ms));

async function crashedRun() {
  const extra = (index) => [
    '--warmup=0.2',
    '--runtime=60',
    '--no-check',
    `--acknowledgements=${acknowledgements(index)}`,
    `--snapshot-log-mb=${values['snapshot-log-mb']}`,
  ];
  const runs = Array.from({ length: processes }, (_, index) => start(['run', ...common(index), ...extra(index)]));
  const early = random() < EARLY_SHARE;
  const heard = await Promise.all(runs.map((run) => run.saying(early ? 'Recovering up to' : 'Measuring for')));
  if (heard.includes(false)) throw new Error(`a run ended by itself: ${runs.map((run) => run.said()).join('\n')}`);
  await pause(random() * (early ? 600 : RUN_MS_MOST));
  // Of several processes now one, now all: those that are left end by themselves, since their epochs cannot become durable.
  const victim = random() < 0.5 ? Math.floor(random() * processes) : -1;
  runs.forEach(({ child }, index) => {
    if (victim < 0 || victim === index) child.kill('SIGKILL');
  });
  const ended = await Promise.all(runs.map((run) => run.ended));
  ended.forEach(({ status, signal }, index) => {
    const killed = victim < 0 || victim === index;
    const expected = killed ? signal === 'SIGKILL' : status === 5;
    if (!expected) throw new Error(`process ${index} ended with ${status ?? signal}: ${runs[index].said()}`);
  });
  return early ? 'before the measurement' : 'while measuring';
}

async function eachLine(path, visit) {
  let first = true;
  for await (const line of createInterface({ input: createReadStream(path), crlfDelay: Number.POSITIVE_INFINITY })) {
    if (!first) visit(line.split(','));
    first = false;
  }
}

/** @returns [acknowledged orders, what is wrong] */
async function judge(round) {
  const lines = new Map();
  const orders = new Map();
  for (let index = 0; index < processes; index++) {
    const exported = join(folder, `export-${round}-${index}`);
    await eachLine(join(exported, 'ORDER-LINE.csv'), ([order, district, warehouse]) => {
      const key = `${warehouse} ${district} ${order}`;
      lines.set(key, (lines.get(key) ?? 0) + 1);
    });
    const header = readFileSync(join(exported, 'ORDER.csv'), 'utf8').split('\r\n', 1)[0].split(',');
    const at = header.indexOf('O_OL_CNT');
    await eachLine(join(exported, 'ORDER.csv'), (row) => orders.set(`${row[2]} ${row[1]} ${row[0]}`, Number(row[at])));
    rmSync(exported, { recursive: true });
  }
  const wrong = [];
  let acknowledged = 0;
  for (let index = 0; index < processes; index++) {
    if (!existsSync(acknowledgements(index))) continue;
    const text = readFileSync(acknowledgements(index), 'utf8');
    // A line without its end was being written when the process was killed: nobody has read it.
    for (const line of text.slice(0, text.lastIndexOf('\n') + 1).split('\n')) {
      if (line === '') continue;
      acknowledged++;
      const [, warehouse, district, order, count] = line.split(' ');
      const key = `${warehouse} ${district} ${order}`;
      if (orders.get(key) !== Number(count))
        wrong.push(`order ${key} was acknowledged and is ${orders.has(key) ? 'another' : 'missing'}`);
      else if (lines.get(key) !== Number(count))
        wrong.push(`order ${key} has ${lines.get(key) ?? 0} of ${count} lines`);
    }
  }
  return [acknowledged, wrong];
}

const said = (text) => process.stdout.write(`${text}\n`);

said(
  `crash: ${rounds} kills, ${processes} process${processes === 1 ? '' : 'es'}, ${shards} shards, ${values.durability}, seed ${values.seed}`,
);
await runAll('load');
let failed = false;
let acknowledgedBefore = 0;
for (let round = 1; round <= rounds && !failed; round++) {
  const when = await crashedRun();
  // Now and then a second crash before anybody has looked.
  const again = random() < 0.3 ? ` and ${await crashedRun()}` : '';
  const recovered = await runAll('recover', (index) => [
    '--check',
    `--export=${join(folder, `export-${round}-${index}`)}`,
  ]);
  const [acknowledged, wrong] = await judge(round);
  const text = recovered.map((run) => run.said()).join('\n');
  const holds = text.includes('conditions hold');
  failed = wrong.length > 0 || !holds;
  const cut = /cut +(epoch [\d,]*\d)/.exec(text)?.[1];
  said(
    `round ${round}: killed ${when}${again}; ${acknowledged - acknowledgedBefore} orders acknowledged since, ${acknowledged} in all, all there: ${wrong.length === 0}; ` +
      `cut at ${cut}; conditions ${holds ? 'hold' : 'FAIL'}`,
  );
  for (const line of wrong.slice(0, 10)) said(`  ${line}`);
  acknowledgedBefore = acknowledged;
}
if (failed) {
  said(`crash: FAILED; the files are in ${folder}`);
  process.exitCode = 1;
} else {
  said(`crash: ${rounds} rounds, ${acknowledgedBefore} acknowledged orders, none lost`);
  if (values.dir === undefined) rmSync(folder, { recursive: true });
}
