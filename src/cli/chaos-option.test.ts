import { describe, expect, it } from 'vitest';
import { EXIT } from '../errors.ts';
import { fakeContext, runCli, startRun } from './testing/fake-context.ts';

describe('--chaos', () => {
  it('may be given several times, each with several events', async () => {
    const context = fakeContext();
    const first = 'pause:worker,for=1s,at=1s,kill:process,at=2s';
    const { run, status } = await startRun(['--chaos', first, '--chaos=pause:worker=0,for=5ms,rate=3'], context);
    run.finish();
    expect(await status).toBe(EXIT.good);
    expect(run.config.chaos?.map(({ text }) => text)).toEqual([
      'pause:worker,for=1s,at=1s',
      'kill:process,at=2s',
      'pause:worker=0,for=5ms,rate=3',
    ]);
  });

  it('is in no configuration without it', async () => {
    const context = fakeContext();
    const { run, status } = await startRun([], context);
    run.finish();
    await status;
    expect(run.config).not.toHaveProperty('chaos');
  });

  it.each([
    [['--chaos', 'explode:now'], '--chaos: "explode" is no kind of trouble; there is pause:worker'],
    [['--chaos', 'kill:process,at=1s', '--chaos', 'kill:process'], '--chaos: "kill:process": at is missing'],
    [['--chaos', 'kill:process,at=10s'], 'below --runtime (10s)'],
    [['--chaos', 'pause:worker=1,for=1s,at=1s'], 'no worker 1 in this process; it has 0'],
    [['--chaos='], '--chaos: its value is missing'],
    [['--chaos', ' '], '--chaos: " " is not accepted; give pause:worker'],
    [['--chaos', 'kill:process,at=1s', 'stray'], '"stray": unexpected argument'],
    [['--chaos'], '--chaos: its value is missing'],
  ])('refuses %j in one line', async (argv, text) => {
    const { status, stdout, stderr } = await runCli(['--workload', 'fake', ...argv]);
    expect([status, stdout]).toEqual([EXIT.usage, '']);
    expect(stderr).toMatch(/^dbtest: [^\n]+\n$/);
    expect(stderr).toContain(text);
  });
});
