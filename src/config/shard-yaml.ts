/** Reads a shard YAML from disk and hands it to the reader of its form. */
import { readFileSync } from 'node:fs';
import { load, YAMLException } from 'js-yaml';
import { configFault } from '../errors.ts';
import { MappingFields } from './fields.ts';
import { fileReason } from './file-reasons.ts';
import { GROUPS, GROUPS_FORM_KEYS, readGroupsForm } from './form-groups.ts';
import { readShardsForm, SHARDS_FORM_KEYS } from './form-shards.ts';
import { readSitesForm, SITES_FORM_KEYS } from './form-sites.ts';
import type { ShardFile, ShardFileForm } from './shard-file.ts';
import { withoutControls } from './shown.ts';
import { suggestion } from './suggest.ts';

/** @throws OperatingFault (exit status 2) with one line that names the file, for everything that can be wrong with it */
export function readShardFile(path: string): ShardFile {
  let bytes: Buffer;
  try {
    bytes = readFileSync(path);
  } catch (error) {
    throw configFault(path, `cannot be read: ${fileReason(error)}; check --shard-config, or write one: dbtest init`);
  }
  let text: string;
  try {
    text = new TextDecoder('utf-8', { fatal: true }).decode(bytes);
  } catch {
    throw configFault(path, 'is not UTF-8 text; give a shard YAML');
  }
  return parseShardYaml(text, path);
}

/** @param file the name that messages use */
export function parseShardYaml(text: string, file: string): ShardFile {
  const root = new MappingFields(file, '', parseYaml(text, file));
  switch (formOf(root)) {
    case 'shards':
      return readShardsForm(root);
    case 'groups':
      return readGroupsForm(root);
    case 'sites':
      return readSitesForm(root);
  }
}

function parseYaml(text: string, file: string): unknown {
  if (text.split('\n').every((line) => /^(#.*)?$/.test(line.trim()))) {
    throw configFault(file, 'is empty; list the shards in it, or write one: dbtest init');
  }
  try {
    return load(text);
  } catch (error) {
    const reason = error instanceof YAMLException ? error.reason : fileReason(error);
    const mark = error instanceof YAMLException ? error.mark : undefined;
    const where = mark === undefined ? file : `${file}: line ${mark.line + 1}, column ${mark.column + 1}`;
    throw configFault(where, `not valid YAML: ${withoutControls(reason)}; correct the file`);
  }
}

/** A key that only one form has decides; what does not fit that form is then reported key by key. */
function formOf(root: MappingFields): ShardFileForm {
  if (root.has('sites') || root.has('shard_map')) return 'sites';
  if (typeof root.raw('shards') === 'number' || GROUPS.some((group) => root.has(group))) return 'groups';
  if (root.has('nshards') || root.has('shards')) return 'shards';
  const known = [...new Set<string>([...SHARDS_FORM_KEYS, ...GROUPS_FORM_KEYS, ...SITES_FORM_KEYS])];
  const unknown = root.keys().find((key) => !known.includes(key));
  if (unknown !== undefined) {
    throw root.fault(
      unknown,
      `unknown key${suggestion(unknown, known, '; a shard YAML begins with nshards or sites')}`,
    );
  }
  throw root.fault('shards', 'is missing; list the shards (nshards, host, shards), or write a file with dbtest init');
}
