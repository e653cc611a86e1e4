import { readFileSync } from 'node:fs';
import { invalid, StripeError } from './errors.js';
import type { ParamValue, Params } from './form.js';

/** What a parameter may be. `params.json` is made from the SDK's typings and compared with them by a test. */
export type ParamShape =
  | string
  | { list: ParamShape }
  | { map: ParamShape }
  | { fields: { [name: string]: ParamShape }; required?: string[]; or?: string };

// Read, not imported: Jest's transform drops import attributes. tsconfig.json includes the file, so tsc copies it to dist.
const known = JSON.parse(readFileSync(new URL('./params.json', import.meta.url), 'utf8')) as Record<
  string,
  { fields: Record<string, ParamShape>; required?: string[] }
>;

/** Refuses what Stripe would refuse (unknown names, wrong kinds, missing fields) and turns text into numbers and booleans. */
export function validate(operation: string, params: Params): Params {
  const shape = known[operation];
  if (!shape) throw new Error(`params.json has no ${operation}`);
  return checkObject(shape, params, '');
}

function check(shape: ParamShape, value: ParamValue, path: string): ParamValue {
  if (typeof shape === 'string') return leaf(shape, value, path);
  // '' unsets any parameter, whatever it holds otherwise.
  if (value === '') return value;
  if ('list' in shape) {
    if (!Array.isArray(value)) throw invalid('Invalid array', path);
    return value.map((item, index) => check(shape.list, item, `${path}[${index}]`));
  }
  if (typeof value !== 'object' || Array.isArray(value)) {
    if ('fields' in shape && shape.or !== undefined && !Array.isArray(value)) return leaf(shape.or, value, path);
    throw invalid('Invalid object', path);
  }
  if ('fields' in shape) return checkObject(shape, value, path);
  const checked: Params = {};
  for (const [name, item] of Object.entries(value)) checked[name] = check(shape.map, item ?? '', `${path}[${name}]`);
  return checked;
}

function checkObject(
  shape: { fields: Record<string, ParamShape>; required?: string[] },
  value: Params,
  path: string,
): Params {
  const checked: Params = {};
  for (const [name, item] of Object.entries(value)) {
    const full = path === '' ? name : `${path}[${name}]`;
    const inner = Object.hasOwn(shape.fields, name) ? shape.fields[name] : undefined;
    if (inner === undefined) {
      throw new StripeError(400, {
        type: 'invalid_request_error',
        code: 'parameter_unknown',
        message: `Received unknown parameter: ${full}`,
        param: full,
        doc_url: 'https://stripe.com/docs/error-codes/parameter-unknown',
      });
    }
    checked[name] = check(inner, item ?? '', full);
  }
  for (const name of shape.required ?? []) {
    const full = path === '' ? name : `${path}[${name}]`;
    if (checked[name] === undefined) throw invalid(`Missing required param: ${full}.`, full, 'parameter_missing');
  }
  return checked;
}

function leaf(kind: string, value: ParamValue, path: string): ParamValue {
  if (typeof value !== 'string') throw invalid(`Invalid string: ${JSON.stringify(value)}`, path);
  if (kind === 'number') {
    if (/^-?\d+$/.test(value)) return Number(value);
    throw invalid(`Invalid integer: ${value}`, path, 'parameter_invalid_integer');
  }
  if (kind === 'boolean') {
    if (value === 'true' || value === 'false') return value === 'true';
    throw invalid(`Invalid boolean: ${value}`, path);
  }
  return value;
}
