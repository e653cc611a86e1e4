import { Log } from '@latchkey/shared/observability';
import { Door, sql } from '@latchkey/shared/persistence';
import { Clock } from '@latchkey/shared/time';
import { Inject, Injectable, type OnApplicationBootstrap } from '@nestjs/common';
import { readdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { CONFIG, type Config } from '../config.js';
import { webDir } from './web-pages.js';

/** Longer than anybody leaves a page open that still asks for its parts. */
const keptDays = 30;

/**
 * While a release rolls, a browser gets the page from one replica and asks another one for the page's files, whose names
 * change with every build; and a page that was opened before asks for its parts long after. So each release leaves its files
 * in the database (1.3 MB), where the replicas of every other one find them.
 */
@Injectable()
export class KeptWebFiles implements OnApplicationBootstrap {
  constructor(
    @Inject(CONFIG) private readonly config: Config,
    private readonly door: Door,
    private readonly clock: Clock,
    private readonly log: Log,
  ) {}

  /** Before the first request is taken: no page must leave here whose files the others cannot find. */
  async onApplicationBootstrap(): Promise<void> {
    const dir = join(webDir(this.config), 'assets');
    const all = await readdir(dir).catch(() => []);
    // What is compressed there is the same file once more.
    const names = all.filter((name) => !/\.(br|gz)$/.test(name)).sort();
    if (names.length === 0) return;
    const now = this.clock.now();
    const before = new Date(now.getTime() - keptDays * 86_400_000);
    const rows = await this.door.read('web-files', () =>
      sql<{ name: string }>('select name from web_file where name = any($1)', [names]),
    );
    const known = new Set(rows.map(({ name }) => name));
    // Read from the disk before the transaction, which must wait for nothing but the database.
    const contents = new Map<string, Buffer>();
    for (const name of names) if (!known.has(name)) contents.set(name, await readFile(join(dir, name)));
    await this.door.commit('keep-web-files', async () => {
      // One by one and in one order: replicas that start together must not wait for each other in a circle.
      for (const name of names) {
        const content = contents.get(name);
        if (content)
          await sql(
            `insert into web_file (name, content, served_at) values ($1, $2, $3)
             on conflict (name) do update set served_at = excluded.served_at`,
            [name, content, now],
          );
        else await sql('update web_file set served_at = $2 where name = $1', [name, now]);
      }
      await sql('delete from web_file where served_at < $1', [before]);
    });
  }

  /** Null when no release of the last weeks had such a file, or the database is away: the browser is then told "not found". */
  async find(name: string): Promise<Buffer | null> {
    try {
      const [row] = await this.door.read('web-file', () =>
        sql<{ content: Buffer }>('select content from web_file where name = $1', [name]),
      );
      return row?.content ?? null;
    } catch (error) {
      this.log.warn('A file of another release could not be looked for.', { err: error });
      return null;
    }
  }
}
