/** The targets by name. Each is loaded only where it runs, when its coverage is counted already. */
import type { FuzzTarget } from '../fuzz-target.ts';

export const TARGETS: Readonly<Record<string, () => Promise<FuzzTarget>>> = {
  frames: async () => (await import('./frames.ts')).FRAMES,
  handshake: async () => (await import('./handshake.ts')).HANDSHAKE,
  transport: async () => (await import('./transport.ts')).TRANSPORT,
  exchange: async () => (await import('./exchange.ts')).EXCHANGE,
  'shard-yaml': async () => (await import('./shard-yaml.ts')).SHARD_YAML,
  'command-line': async () => (await import('./command-line.ts')).COMMAND_LINE,
  'result-file': async () => (await import('./result-file.ts')).RESULT_FILE,
  history: async () => (await import('./history.ts')).HISTORY,
  agreement: async () => (await import('./agreement.ts')).AGREEMENT,
};
