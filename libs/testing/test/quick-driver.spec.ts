import { afterAll, beforeAll, describe, expect, jest, test } from '@jest/globals';
import { createOrm, Door, em, queryWithCommit, sql } from '@latchkey/shared/persistence';
import { Clock } from '@latchkey/shared/time';
import { defineEntity, LockMode, p } from '@mikro-orm/core';
import { defineConfig, MikroORM, type EntityManager } from '@mikro-orm/postgresql';
import { createTestDatabase, type TestDatabase } from '../src/index.js';

const ShelfSchema = defineEntity({
  name: 'Shelf',
  tableName: 'shelf',
  properties: {
    id: p.text().primary(),
    room: p.text(),
    label: p.text().nullable(),
    mark: p.string().length(5),
    kind: p.character().length(3),
    height: p.integer(),
    weight: p.double().nullable(),
    readTimes: p.bigint('number').nullable(),
    locked: p.boolean(),
    builtAt: p.datetime(),
    emptiedAt: p.datetime().nullable(),
    books: p.json<unknown>().nullable(),
    tags: p.array().nullable(),
    picture: p.blob().nullable(),
  },
});
class Shelf extends ShelfSchema.class {}
ShelfSchema.setClass(Shelf);

const PageSchema = defineEntity({
  name: 'Page',
  tableName: 'page',
  properties: { id: p.text().primary(), text: p.text().concurrencyCheck() },
});
class Page extends PageSchema.class {}
PageSchema.setClass(Page);

const hostile = `it's a "quoted" ? with \\? and $1 and ?? and ¿`;
const builtAt = new Date('2026-03-29T01:30:00.123Z');
const shelves = [
  { id: 'a', room: 'north', label: null, height: 3, weight: null, readTimes: null, locked: false, tags: null },
  {
    id: 'b',
    room: 'north',
    label: hostile,
    height: -1,
    weight: 0.1,
    readTimes: 9_007_199_254_740_991,
    locked: true,
    tags: [hostile],
  },
  { id: hostile, room: 'south', label: '', height: 0, weight: 1e-9, readTimes: 0, locked: false, tags: [] },
].map((shelf) => ({
  ...shelf,
  mark: 'A-100',
  kind: 'oak',
  builtAt,
  emptiedAt: null,
  books: { [hostile]: [1, null] },
  picture: Buffer.from([0, 255]),
}));

let database: TestDatabase;
/** Through our driver, and through the ORM's own over the same rows. */
let ours: MikroORM;
let plain: MikroORM;

jest.setTimeout(60_000);

beforeAll(async () => {
  database = await createTestDatabase('quick_driver');
  plain = await MikroORM.init(
    defineConfig({ clientUrl: database.url, entities: [Shelf, Page], forceUtcTimezone: true }),
  );
  await plain.schema.create();
  ours = await createOrm({
    service: 'quick',
    databaseUrl: database.url,
    poolMax: 2,
    entities: [Shelf, Page],
  });
  const em = ours.em.fork();
  for (const shelf of shelves) em.create(Shelf, shelf);
  em.create(Page, { id: 'p', text: 'first' });
  await em.flush();
});
afterAll(async () => {
  await ours?.close(true);
  await plain?.close(true);
  await database?.drop();
});

const asText = (found: unknown) => JSON.stringify(found);

const questions: [string, (em: EntityManager) => Promise<unknown>][] = [
  ['by key', (em) => em.findOne(Shelf, { id: 'b' })],
  ['by a key alone', (em) => em.findOne(Shelf, 'b')],
  ['by text that looks like SQL', (em) => em.findOne(Shelf, { label: hostile })],
  ['what is not there', (em) => em.findOne(Shelf, { id: 'nowhere' })],
  ['by text of a limited length', (em) => em.find(Shelf, { mark: 'A-100', kind: 'oak' }, { orderBy: { id: 'asc' } })],
  ['nothing by text longer than its column', (em) => em.find(Shelf, { mark: 'A-100 and more' })],
  ['by null', (em) => em.find(Shelf, { label: null })],
  ['by a time', (em) => em.find(Shelf, { builtAt }, { orderBy: { id: 'asc' } })],
  ['by several columns', (em) => em.find(Shelf, { room: 'north', locked: false, height: 3 })],
  [
    'in order and no more than asked',
    (em) => em.find(Shelf, { builtAt }, { orderBy: { room: 'desc', height: 'asc' }, limit: 2 }),
  ],
  ['none when none is wanted', (em) => em.find(Shelf, { builtAt }, { limit: 0 })],
  ['by a list', (em) => em.find(Shelf, { id: ['a', 'b', hostile] }, { orderBy: { id: 'asc' } })],
  ['by an operator', (em) => em.find(Shelf, { height: { $gte: 0 } }, { orderBy: { id: 'asc' } })],
  ['by alternatives', (em) => em.find(Shelf, { $or: [{ id: 'a' }, { label: hostile }] }, { orderBy: { id: 'asc' } })],
  ['some columns', (em) => em.find(Shelf, { room: 'north' }, { fields: ['label'], orderBy: { id: 'asc' } })],
  ['how many', (em) => em.count(Shelf, { room: 'north', label: { $ne: null } })],
];

describe('statements of our own driver', () => {
  test.each(questions)('find %s as the ORM itself would', async (_what, ask) => {
    // More than once, because the third use of a statement is a prepared one.
    for (let times = 0; times < 4; times++)
      expect(asText(await ask(ours.em.fork()))).toBe(asText(await ask(plain.em.fork())));
  });

  test('write every kind of value so that the ORM itself reads it back', async () => {
    const changes = [
      { label: hostile, height: 2_147_483_647, weight: -0.5, locked: true, emptiedAt: builtAt },
      { label: null, weight: null, readTimes: null, books: null, tags: null, picture: null },
      { books: [{ title: hostile }], tags: ['x', hostile], picture: Buffer.from([1, 0, 2]), readTimes: 12 },
    ];
    for (const change of changes) {
      const em = ours.em.fork();
      Object.assign(await em.findOneOrFail(Shelf, { id: 'a' }), change);
      await em.flush();
      expect(await plain.em.fork().findOneOrFail(Shelf, { id: 'a' })).toMatchObject(change);
    }
  });

  test('ask for many at once what each would ask alone, and answer each its own', async () => {
    const door = new Door('signup', ours, new Clock());
    // Who shares a transaction shares its entities, so one that another has loaded whole stays whole.
    const asked = [0, 1, 2].flatMap(() => questions.filter(([what]) => what !== 'some columns'));
    const shared = asked.map(([, ask], index) => door.commit('spec', () => ask(em()), { sharedBy: String(index) }));
    const found = (await Promise.all(shared)).map(asText);
    for (const [index, [what, ask]] of asked.entries())
      expect([what, found[index]]).toEqual([what, asText(await ask(plain.em.fork()))]);
  });

  test('ask for many at once outside of a transaction, in fewer statements, and answer each its own', async () => {
    const door = new Door('signup', ours, new Clock());
    const connection = ours.em.getConnection() as unknown as Record<'execute' | 'executePlain', () => Promise<unknown>>;
    const sent = [jest.spyOn(connection, 'execute'), jest.spyOn(connection, 'executePlain')];
    try {
      const asked = Array.from({ length: 40 }, (_, index) =>
        index % 4 === 0 ? hostile : index % 4 === 1 ? 'nobody' : 'a',
      );
      const found = await Promise.all(asked.map((id) => door.read('spec', () => em().findOne(Shelf, { id }))));
      expect(found.map((shelf) => shelf?.id)).toEqual(asked.map((id) => (id === 'nobody' ? undefined : id)));
      expect(new Set(found).size).toBe(31); // Whoever found one has it alone.
      expect(sent.flatMap(({ mock }) => mock.calls).length).toBeLessThan(8);
    } finally {
      for (const spy of sent) spy.mockRestore();
    }
  });

  test('let a question that PostgreSQL refuses fail alone', async () => {
    const door = new Door('signup', ours, new Clock());
    const ask = (id: string) => door.read('spec', () => em().findOne(Shelf, { id }));
    const outcomes = await Promise.allSettled(['a', 'a', 'a', 'no\0text', 'a'].map(ask));
    expect(outcomes.map(({ status }) => status)).toEqual([
      'fulfilled',
      'fulfilled',
      'fulfilled',
      'rejected',
      'fulfilled',
    ]);
  });

  test('write what many changed at once so that the ORM itself reads it back', async () => {
    const door = new Door('signup', ours, new Clock());
    const changes: Record<string, object> = {
      a: { label: hostile, height: 5, emptiedAt: builtAt, kind: 'ash' },
      b: { label: null, height: -7, emptiedAt: null, kind: 'elm' },
      [hostile]: { weight: 0.25, readTimes: 9_007_199_254_740_991, locked: true },
    };
    await Promise.all(
      Object.entries(changes).map(([id, change]) => {
        const lockMode = LockMode.PESSIMISTIC_WRITE;
        const work = async () => Object.assign(await em().findOneOrFail(Shelf, { id }, { lockMode }), change);
        return door.commit('spec', work, { sharedBy: id });
      }),
    );
    for (const [id, change] of Object.entries(changes))
      expect(await plain.em.fork().findOneOrFail(Shelf, { id })).toMatchObject(change);
  });

  test('write the lists of many rows that one door changed', async () => {
    const door = new Door('notifier', ours, new Clock());
    const tags: Record<string, string[]> = { a: [hostile, 'x'], b: [] };
    await door.commit('spec', async () => {
      for (const [id, list] of Object.entries(tags)) (await em().findOneOrFail(Shelf, { id })).tags = list;
    });
    for (const [id, list] of Object.entries(tags))
      expect(await plain.em.fork().findOneOrFail(Shelf, { id })).toMatchObject({ tags: list });
  });

  test('refuse text longer than its column from many as from one, instead of cutting it', async () => {
    const door = new Door('notifier', ours, new Clock());
    const work = async () => {
      for (const id of ['a', 'b']) (await em().findOneOrFail(Shelf, { id })).mark = 'A-100 and more';
    };
    await expect(door.commit('spec', work)).rejects.toThrow('value too long');
  });

  test('tell whoever asks for a change himself how many rows it met', async () => {
    const door = new Door('notifier', ours, new Clock());
    const lock = (where: object) => door.commit('spec', () => em().nativeUpdate(Shelf, where, { height: 4 }));
    expect(await lock({ id: 'nowhere' })).toBe(0);
    expect(await lock({ room: 'north' })).toBe(2);
  });

  test('leave a check of concurrency to the ORM: a change of what has changed meanwhile is refused', async () => {
    const door = new Door('notifier', ours, new Clock());
    const write = async () => {
      const page = await em().findOneOrFail(Page, { id: 'p' });
      await plain.em.fork().nativeUpdate(Page, { id: 'p' }, { text: 'theirs' });
      page.text = 'ours';
    };
    await expect(door.commit('spec', write)).rejects.toThrow(/optimistic lock/i);
    expect(await plain.em.fork().findOneOrFail(Page, 'p')).toMatchObject({ text: 'theirs' });
  });

  test('fail the commit of a change that PostgreSQL refuses, for one row and for many, and leave nothing behind', async () => {
    const door = new Door('notifier', ours, new Clock());
    await plain.em.fork().execute('alter table shelf add constraint low check (height < 1000)');
    const raise = (id: string, room: string) =>
      door.commit(
        'spec',
        async () => {
          const shelf = await em().findOneOrFail(Shelf, { id });
          shelf.room = room;
          shelf.height = 1_000;
        },
        { sharedBy: id },
      );
    const before = await plain.em.fork().find(Shelf, {}, { orderBy: { id: 'asc' } });
    await expect(raise('a', 'attic')).rejects.toMatchObject({ message: expect.stringContaining('low') });
    const ends = await Promise.allSettled(['a', 'b'].map((id) => raise(id, 'attic')));
    expect(ends.map(({ status }) => status)).toEqual(['rejected', 'rejected']);
    expect(await plain.em.fork().find(Shelf, {}, { orderBy: { id: 'asc' } })).toEqual(before);
    await plain.em.fork().execute('alter table shelf drop constraint low');
  });

  test('tell of statements sent together, one of which failed, why that one did; and so does the commit, whoever caught it', async () => {
    const door = new Door('notifier', ours, new Clock());
    let ends: PromiseSettledResult<unknown>[] = [];
    const both = door.commit('spec', async () => {
      ends = await Promise.allSettled([sql('select 1 / $1::int', [0]), sql('select $1::int', [1])]);
    });
    await expect(both).rejects.toThrow('division by zero');
    const refused = { status: 'rejected', reason: expect.objectContaining({ message: 'division by zero' }) };
    expect(ends).toEqual([refused, refused]);
    await expect(door.commit('spec', () => sql('select 1 as one'))).resolves.toEqual([{ one: 1 }]);
  });

  test('refuse a value that cannot be written before anything of it is sent', async () => {
    const door = new Door('notifier', ours, new Clock());
    const change = (height: unknown, values: unknown[]) =>
      door.commit('spec', async () => {
        await queryWithCommit(em(), `update shelf set height = $1 where id = 'a'`, [height]);
        await queryWithCommit(em(), `update shelf set books = $1 where id = 'a'`, values);
      });
    for (let times = 0; times < 4; times++) await change(7, [{ times }]);
    await expect(change(8, [{ times: 1n }])).rejects.toThrow('BigInt');
    expect(await plain.em.fork().findOneOrFail(Shelf, 'a')).toMatchObject({ height: 7, books: { times: 3 } });
    // The statement is still prepared on the connection.
    await change(9, [null]);
  });

  test('tell of statements outside of a transaction what each failed with', async () => {
    const door = new Door('notifier', ours, new Clock());
    const ask = (text: string, value: unknown) => door.read('spec', () => sql(text, [value]));
    await expect(ask('select 1 / $1::int', 0)).rejects.toThrow('division by zero');
    await expect(ask('select $1::int', 'many')).rejects.toThrow('invalid input syntax');
  });

  test('lock the row they say they lock', async () => {
    const [em, other] = [ours.em.fork(), plain.em.fork()];
    try {
      await em.begin();
      await em.findOneOrFail(Shelf, { id: 'a' }, { lockMode: LockMode.PESSIMISTIC_WRITE });
      await other.begin();
      const attempt = other.findOneOrFail(Shelf, { id: 'a' }, { lockMode: LockMode.PESSIMISTIC_WRITE_OR_FAIL });
      await expect(attempt).rejects.toThrow(/could not obtain lock/);
    } finally {
      await other.rollback();
      await em.rollback();
    }
  });

  test('survive a column that a newer replica added', async () => {
    const look = () => ours.em.fork().findOneOrFail(Shelf, { room: 'south' });
    for (let times = 0; times < 4; times++) await look();
    await plain.em.getConnection().execute('alter table shelf add column colour text');
    await expect(look()).resolves.toMatchObject({ id: hostile });
  });
});
