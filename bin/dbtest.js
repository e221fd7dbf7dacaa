#!/usr/bin/env node
/**
 * The executable: checks that this Node can run dbtest and that dbtest is built, then hands over to the command line. The
 * main thread runs it. It is plain JavaScript without static imports, so that it can still speak where the rest cannot load.
 */
const [major, minor] = process.versions.node.split('.').map(Number);
if (major < 20 || (major === 20 && minor < 19)) {
  refuse(`dbtest needs Node 20.19 or newer, and this is Node ${process.versions.node}: install a newer Node`);
} else {
  start();
}

async function start() {
  const { existsSync } = await import('node:fs');
  const { fileURLToPath } = await import('node:url');
  const main = new URL('../dist/src/cli/main.js', import.meta.url);
  if (!existsSync(main)) {
    const folder = fileURLToPath(new URL('..', import.meta.url));
    refuse(`dbtest is not built: run \`npm install\` (or \`npm run build\`) in ${folder}`);
    return;
  }
  let isDone = false;
  process.once('exit', (status) => {
    if (isDone || status !== 0) return;
    process.exitCode = 1;
    process.stderr.write('dbtest: internal error: a bug in dbtest: it waits for what never comes; please report it\n');
  });
  const cli = await import(main.href);
  process.exitCode = await cli.main(process.argv.slice(2));
  isDone = true;
}

/** The exit code is set rather than enforced: what is written still reaches a slow reader. */
function refuse(message) {
  process.stderr.write(`${message}\n`);
  process.exitCode = 2;
}
