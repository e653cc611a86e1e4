import { invalid, missing } from './errors.js';
import { type Params, read } from './form.js';

export interface List<T> {
  object: 'list';
  data: T[];
  has_more: boolean;
  url: string;
}

/** One page, newest first, as Stripe pages: `starting_after`/`ending_before` are ids, `limit` 1..100 (10). */
export function page<T extends { id: string; created?: number }>(
  all: Iterable<T>,
  url: string,
  params: Params,
  keep: (item: T) => boolean = () => true,
): List<T> {
  const limit = read.number(params, 'limit') ?? 10;
  if (limit < 1 || limit > 100) throw invalid('This value must be between 1 and 100.', 'limit');
  let items = [...all].reverse().filter((item) => keep(item) && createdWithin(item.created, params));
  const after = read.text(params, 'starting_after');
  const before = read.text(params, 'ending_before');
  if (after !== undefined) items = items.slice(positionOf(items, after, 'starting_after') + 1);
  if (before !== undefined) {
    items = items.slice(0, positionOf(items, before, 'ending_before'));
    return { object: 'list', data: items.slice(-limit), has_more: items.length > limit, url };
  }
  return { object: 'list', data: items.slice(0, limit), has_more: items.length > limit, url };
}

/** A list inside an object: complete, in the order of creation. */
export function embedded<T>(data: T[], url: string): List<T> {
  return { object: 'list', data, has_more: false, url };
}

function positionOf(items: readonly { id: string }[], id: string, param: string): number {
  const position = items.findIndex((item) => item.id === id);
  if (position === -1) throw missing('object', id, param);
  return position;
}

function createdWithin(created: number | undefined, params: Params): boolean {
  const wanted = params['created'];
  if (wanted === undefined || created === undefined) return true;
  if (typeof wanted !== 'object') return created === Number(wanted);
  const range = read.object(params, 'created');
  const bound = (name: string) => read.number(range, name);
  return (
    created > (bound('gt') ?? -Infinity) &&
    created >= (bound('gte') ?? -Infinity) &&
    created < (bound('lt') ?? Infinity) &&
    created <= (bound('lte') ?? Infinity)
  );
}
