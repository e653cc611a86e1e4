import { PineconeError } from './errors.js';

export type MetadataValue = string | number | boolean | string[];
export type Metadata = Readonly<Record<string, MetadataValue>>;
export type Predicate = (metadata: Metadata) => boolean;

/** Deep nesting has no use and would let one request climb the stack. */
const maxDepth = 16;

function isScalar(value: unknown): value is string | number | boolean {
  return ['string', 'number', 'boolean'].includes(typeof value);
}

function isObject(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

/** A list of strings equals a value when it holds it. */
function equals(held: MetadataValue | undefined, wanted: unknown): boolean {
  return Array.isArray(held) ? held.includes(wanted as string) : held !== undefined && held === wanted;
}

const comparisons: Readonly<Record<string, (held: number, wanted: number) => boolean>> = {
  $gt: (held, wanted) => held > wanted,
  $gte: (held, wanted) => held >= wanted,
  $lt: (held, wanted) => held < wanted,
  $lte: (held, wanted) => held <= wanted,
};

function condition(field: string, operator: string, wanted: unknown): Predicate {
  const compare = Object.hasOwn(comparisons, operator) ? comparisons[operator] : undefined;
  if (compare) {
    if (typeof wanted !== 'number') throw new PineconeError(400, `Invalid filter: ${operator} needs a number`);
    return (metadata) => {
      const held = metadata[field];
      return typeof held === 'number' && compare(held, wanted);
    };
  }
  switch (operator) {
    case '$eq':
    case '$ne': {
      if (!isScalar(wanted))
        throw new PineconeError(400, `Invalid filter: ${operator} needs a string, number or boolean`);
      return (metadata) => equals(metadata[field], wanted) === (operator === '$eq');
    }
    case '$in':
    case '$nin': {
      if (!Array.isArray(wanted) || !wanted.every(isScalar)) {
        throw new PineconeError(400, `Invalid filter: ${operator} needs a list of strings, numbers or booleans`);
      }
      return (metadata) => wanted.some((each) => equals(metadata[field], each)) === (operator === '$in');
    }
    case '$exists': {
      if (typeof wanted !== 'boolean') throw new PineconeError(400, 'Invalid filter: $exists needs a boolean');
      return (metadata) => Object.hasOwn(metadata, field) === wanted;
    }
    default:
      throw new PineconeError(400, `Invalid filter: unknown operator ${operator}`);
  }
}

/** Compiles a metadata filter ($eq $ne $in $nin $gt $gte $lt $lte $exists $and $or). Several fields must all hold. */
export function compileFilter(filter: unknown, depth = 0): Predicate {
  if (!isObject(filter)) throw new PineconeError(400, 'Invalid filter: must be an object');
  if (depth > maxDepth) throw new PineconeError(400, 'Invalid filter: nested too deeply');
  const all: Predicate[] = [];
  for (const [key, value] of Object.entries(filter)) {
    if (key === '$and' || key === '$or') {
      if (!Array.isArray(value) || value.length === 0)
        throw new PineconeError(400, `Invalid filter: ${key} needs a list`);
      const parts = value.map((part) => compileFilter(part, depth + 1));
      all.push((metadata) => (key === '$and' ? parts.every((p) => p(metadata)) : parts.some((p) => p(metadata))));
    } else if (key.startsWith('$')) {
      throw new PineconeError(400, `Invalid filter: unknown operator ${key}`);
    } else if (isObject(value)) {
      for (const [operator, wanted] of Object.entries(value)) all.push(condition(key, operator, wanted));
    } else {
      all.push(condition(key, '$eq', value));
    }
  }
  return (metadata) => all.every((predicate) => predicate(metadata));
}
