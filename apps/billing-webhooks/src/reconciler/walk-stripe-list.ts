import { GiveUp } from '@latchkey/shared/errors';
import { Door, em, sql } from '@latchkey/shared/persistence';
import { Clock } from '@latchkey/shared/time';
import type { StripePage } from '@latchkey/vendor-stripe';
import { LockMode } from '@mikro-orm/core';
import { Injectable } from '@nestjs/common';
import { StripeWalk } from './stripe-walk.entity.js';

/** 2,000 items a run. After an outage the next runs go on from there; memory holds one page. */
const pagesPerRun = 20;

/** One of Stripe's lists, and what to do with what it holds. */
export interface StripeList<Item extends { id: string }> {
  name: string;
  overlapMs: number;
  page(since: { sinceMs: number; after: string | null }): Promise<StripePage<Item>>;
  /** Inside the commit that also moves the cursor. */
  take(items: Item[]): Promise<void>;
}

/**
 * Reads on in a list of Stripe's, page by page: ask, then take what the page holds and move the cursor in one commit.
 * A crash in between repeats a page, which whoever takes it must bear. Two replicas at once: the slower one stops.
 */
@Injectable()
export class WalkStripeList {
  constructor(
    private readonly door: Door,
    private readonly clock: Clock,
  ) {}

  async run<Item extends { id: string }>(list: StripeList<Item>, signal: AbortSignal): Promise<void> {
    for (let pages = 0; pages < pagesPerRun && !signal.aborted; pages++) {
      const askedAt = this.clock.now();
      const walk = await this.find(list.name, askedAt);
      const page = await this.ask(list, walk);
      if (page === 'forgotten') return this.move(walk, (known) => known.startOver());
      const goOn = await this.move(walk, async (known) => {
        known.begin(askedAt);
        await list.take(page.items);
        known.took(page.items.at(-1)?.id ?? null, page.more);
        return page.more;
      });
      if (!goOn) break;
    }
  }

  /** The first walk begins with our first checkout: what happened at Stripe before that was not ours. */
  private async find(name: string, now: Date): Promise<StripeWalk> {
    const known = await this.door.read('walk-stripe-list', () => em().findOne(StripeWalk, { name }));
    if (known) return known;
    return this.door.commit('begin-stripe-walk', async () => {
      await sql(
        `insert into stripe_walk (name, seen_until) select $1, coalesce(min(created_at), $2) from checkout
         on conflict do nothing`,
        [name, now],
      );
      return em().findOneOrFail(StripeWalk, { name });
    });
  }

  private async ask<Item extends { id: string }>(
    list: StripeList<Item>,
    walk: StripeWalk,
  ): Promise<StripePage<Item> | 'forgotten'> {
    try {
      return await list.page({ sinceMs: walk.since(list.overlapMs), after: walk.pageAfter ?? null });
    } catch (error) {
      if (walk.pageAfter && error instanceof GiveUp && error.kind === 'not_found') return 'forgotten';
      throw error;
    }
  }

  /** Nothing is written, and undefined returned, when another replica has moved the walk since we looked. */
  private move<T>(looked: StripeWalk, fn: (walk: StripeWalk) => T | Promise<T>): Promise<T | undefined> {
    return this.door.commit('walk-stripe-list', async () => {
      const { name } = looked;
      const walk = await em().findOneOrFail(StripeWalk, { name }, { lockMode: LockMode.PESSIMISTIC_WRITE });
      const isWhereWeLooked =
        (walk.pageAfter ?? null) === (looked.pageAfter ?? null) && +walk.seenUntil === +looked.seenUntil;
      return isWhereWeLooked ? fn(walk) : undefined;
    });
  }
}
