#!/usr/bin/env node
/**
 * Compiles the fuzzer with the sources and starts it: `npm run fuzz -- [--target NAME] [--seconds 60] [--seed N] [--list]`.
 * The build lies in a cache of its own: `dist/` holds what ships. Types are checked where all types are.
 */
import { spawnSync } from 'node:child_process';
import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { fileURLToPath, pathToFileURL } from 'node:url';

const root = fileURLToPath(new URL('../../', import.meta.url));
const cache = `${root}node_modules/.cache/dbtest-fuzz/`;
const build = `${cache}build/`;

mkdirSync(build, { recursive: true });
// Below node_modules there is no package to inherit the module type and the version from.
writeFileSync(`${build}package.json`, readFileSync(`${root}package.json`));
const compiled = spawnSync(
  process.execPath,
  [`${root}node_modules/typescript/bin/tsc`, '-p', `${root}ci/fuzz/tsconfig.json`, '--outDir', build, '--noCheck'],
  { stdio: ['ignore', 2, 2] },
);
if (compiled.status !== 0) process.exit(1);
const { main } = await import(pathToFileURL(`${build}ci/fuzz/main.js`).href);
process.exitCode = await main(process.argv.slice(2), { root, cache });
