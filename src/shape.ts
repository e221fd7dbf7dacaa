/**
 * Whether data from outside has the shape that the program relies on: files of users, texts of other processes. Any thread
 * and any folder may use it; it imports nothing.
 */

/** A type by name, one of some texts, an object's keys, a list's element, or what else is said by name. */
export type Shape =
  | 'number'
  | 'string'
  | 'boolean'
  | 'number or null'
  | 'string or null'
  | 'boolean or null'
  | { readonly oneOf: readonly string[] }
  | { readonly keys: Readonly<Record<string, Shape>> }
  /** An object whose `kind` decides which keys it has besides. */
  | { readonly byKind: Readonly<Record<string, Readonly<Record<string, Shape>>>> }
  | { readonly orNull: Shape }
  | { readonly optional: Shape }
  | { readonly listOf: Shape }
  | { readonly valuesOf: Shape };

/**
 * The first place where `data` has another shape, or null where it has none. Unknown keys are allowed.
 * @param path of the data within something larger; empty for the whole
 * @param whole names the whole in messages, e.g. `the file`
 * @returns e.g. `shards[0].commits must be a number`
 */
export function mismatch(data: unknown, shape: Shape, path: string, whole: string): string | null {
  const where = path === '' ? whole : path;
  if (typeof shape === 'string') {
    return shape.split(' or ').includes(typeName(data)) ? null : `${where} must be a ${shape}`;
  }
  if ('oneOf' in shape) {
    if (typeof data === 'string' && shape.oneOf.includes(data)) return null;
    return shape.oneOf.length === 1
      ? `${where} must be ${shape.oneOf[0]}`
      : `${where} must be one of ${shape.oneOf.join(', ')}`;
  }
  if ('optional' in shape) return data === undefined ? null : mismatch(data, shape.optional, path, whole);
  if ('orNull' in shape) return data === null ? null : mismatch(data, shape.orNull, path, whole);
  if ('listOf' in shape) {
    if (!Array.isArray(data)) return `${where} must be a list`;
    return first(data.keys(), (i) => mismatch(data[i], shape.listOf, `${path}[${i}]`, whole));
  }
  if (typeof data !== 'object' || data === null || Array.isArray(data)) return `${where} must be an object`;
  const object = data as Record<string, unknown>;
  const child = (key: string): string => (path === '' ? key : `${path}.${key}`);
  const keys = (shapes: Readonly<Record<string, Shape>>): string | null =>
    first(Object.entries(shapes), ([key, each]) => mismatch(own(object, key), each, child(key), whole));
  if ('valuesOf' in shape) {
    return first(Object.keys(object), (key) => mismatch(object[key], shape.valuesOf, child(key), whole));
  }
  if ('keys' in shape) return keys(shape.keys);
  const kinds = Object.keys(shape.byKind);
  const kind = own(object, 'kind');
  return mismatch(kind, { oneOf: kinds }, child('kind'), whole) ?? keys(shape.byKind[kind as string] ?? {});
}

/** What every object inherits is no key of its data. */
const own = (object: Record<string, unknown>, key: string): unknown =>
  Object.hasOwn(object, key) ? object[key] : undefined;

/** JSON has no infinity, but numbers that are read as one (1e999), which nobody could write again. */
function typeName(data: unknown): string {
  if (typeof data === 'number' && !Number.isFinite(data)) return 'infinity';
  return data === null ? 'null' : typeof data;
}

function first<Element>(elements: Iterable<Element>, check: (element: Element) => string | null): string | null {
  for (const element of elements) {
    const found = check(element);
    if (found !== null) return found;
  }
  return null;
}

/** One of the texts of a type, all of them: reports have words for no other. */
export const one = <Text extends string>(texts: Readonly<Record<Text, true>>): Shape => ({ oneOf: Object.keys(texts) });
