import { invalid } from './errors.js';

/** A request's parameters after decoding and checking: plain data, nothing inherited. */
export type ParamValue = string | number | boolean | ParamValue[] | Params;
export interface Params {
  [name: string]: ParamValue | undefined;
}

const MAX_DEPTH = 8;
const MAX_PAIRS = 1000;

/**
 * Decodes `a[b][0][c]=d` (form bodies and query strings alike) into nested data. Keys that are all digits become
 * lists, `a[]=x` appends.
 */
export function parseForm(encoded: string): Params {
  const root: Params = empty();
  let pairs = 0;
  for (const [key, value] of new URLSearchParams(encoded)) {
    if (++pairs > MAX_PAIRS) throw invalid('Too many parameters were sent.');
    assign(root, pathOf(key), value);
  }
  return listsIn(root) as Params;
}

function pathOf(key: string): string[] {
  const open = key.indexOf('[');
  if (open === -1) return [key];
  const path = [key.slice(0, open), ...[...key.slice(open).matchAll(/\[([^\]]*)\]/g)].map((match) => match[1] ?? '')];
  if (path.length > MAX_DEPTH) throw invalid('The parameters are nested too deeply.', key);
  return path;
}

function assign(root: Params, path: readonly string[], value: string): void {
  let node = root;
  for (const [depth, part] of path.entries()) {
    const name = part === '' && depth > 0 ? String(Object.keys(node).length) : part;
    if (depth === path.length - 1) {
      node[name] = value;
      return;
    }
    const next = node[name];
    if (typeof next === 'object' && !Array.isArray(next)) node = next;
    else node = (node[name] = empty()) as Params;
  }
}

function listsIn(value: ParamValue | undefined): ParamValue | undefined {
  if (typeof value !== 'object' || Array.isArray(value)) return value;
  const names = Object.keys(value);
  if (names.length > 0 && names.every((name) => /^\d{1,4}$/.test(name))) {
    return names.sort((a, b) => Number(a) - Number(b)).map((name) => listsIn(value[name]) as ParamValue);
  }
  for (const name of names) value[name] = listsIn(value[name]);
  return value;
}

/** No prototype: a parameter called `__proto__` is then only a strange name. */
function empty(): Params {
  return Object.create(null) as Params;
}

/** Reading checked parameters. An empty string means "unset" to Stripe and reads as undefined here. */
export const read = {
  text: (params: Params | undefined, name: string): string | undefined => {
    const value = params?.[name];
    return typeof value === 'string' && value !== '' ? value : undefined;
  },
  number: (params: Params | undefined, name: string): number | undefined => {
    const value = params?.[name];
    return typeof value === 'number' ? value : undefined;
  },
  flag: (params: Params | undefined, name: string): boolean | undefined => {
    const value = params?.[name];
    return typeof value === 'boolean' ? value : undefined;
  },
  object: (params: Params | undefined, name: string): Params | undefined => {
    const value = params?.[name];
    return typeof value === 'object' && !Array.isArray(value) ? value : undefined;
  },
  objects: (params: Params | undefined, name: string): Params[] => {
    const value = params?.[name];
    return Array.isArray(value) ? value.filter((v): v is Params => typeof v === 'object' && !Array.isArray(v)) : [];
  },
  texts: (params: Params | undefined, name: string): string[] => {
    const value = params?.[name];
    return Array.isArray(value) ? value.filter((v) => typeof v === 'string') : [];
  },
};

/** Metadata limits of Stripe's documentation: 50 keys, names up to 40, values up to 500 characters. */
export function metadataOf(params: Params | undefined, before: Record<string, string> = {}): Record<string, string> {
  const given = params?.['metadata'];
  if (given === '') return {};
  const merged = { ...before };
  for (const [key, value] of Object.entries(read.object(params, 'metadata') ?? {})) {
    if (key.length > 40) throw invalid('Metadata keys are limited to 40 characters.', `metadata[${key}]`);
    if (String(value).length > 500) throw invalid('Metadata values are limited to 500 characters.', `metadata[${key}]`);
    // An empty value removes its key.
    if (value === '') delete merged[key];
    else merged[key] = String(value);
  }
  if (Object.keys(merged).length > 50) throw invalid('Metadata is limited to 50 keys.', 'metadata');
  return merged;
}
