import {
  Body,
  Controller,
  Injectable,
  Post,
  type BeforeApplicationShutdown,
  type OnApplicationBootstrap,
} from '@nestjs/common';
import { Migration } from '@mikro-orm/migrations';
import { z } from 'zod';
import { TenantSignedUp } from '@latchkey/contracts';
import { CommonConfig } from '@latchkey/shared/config';
import { Bus, DeadLetters, JournalConsumer } from '@latchkey/shared/messaging';
import { Log } from '@latchkey/shared/observability';
import { Door, record, sql } from '@latchkey/shared/persistence';
import { defineService } from '@latchkey/shared/service';

const Note = z.object({ tenant_id: z.string(), note: z.string() });

@Controller()
class NotesController {
  constructor(private readonly door: Door) {}

  /** A request as every service has them: a row and a fact in one commit, answered when both are safe. */
  @Post('notes')
  async add(@Body({ schema: Note }) { tenant_id, note }: z.infer<typeof Note>): Promise<{ note: string }> {
    await this.door.commit('note', async () => {
      await sql('insert into note (tenant_id, note) values ($1, $2)', [tenant_id, note]);
      record(TenantSignedUp, tenant_id, { plan: 'starter', region: 'eu', terms_version: '1', verification_id: note });
    });
    return { note };
  }
}

class Migration20261124000001_notes extends Migration {
  override up(): void {
    this.addSql('create table note (tenant_id text, note text)');
  }
}

/** Takes requests and tells facts about them; it plays signup. */
export const source = defineService({
  name: 'signup',
  config: CommonConfig,
  entities: [],
  migrations: [Migration20261124000001_notes],
  module: () => ({ controllers: [NotesController] }),
});

@Injectable()
class ProbeJournal implements OnApplicationBootstrap, BeforeApplicationShutdown {
  private readonly consumer: JournalConsumer;

  constructor(bus: Bus, door: Door, deadLetters: DeadLetters, log: Log) {
    this.consumer = new JournalConsumer(bus, door, deadLetters, log, async (facts) => {
      for (const fact of facts)
        await sql('insert into entry (event_id, tenant_id, type) values ($1, $2, $3) on conflict do nothing', [
          fact.id,
          fact.tenantId,
          fact.type,
        ]);
    });
  }

  onApplicationBootstrap(): void {
    this.consumer.start();
  }

  async beforeApplicationShutdown(): Promise<void> {
    await this.consumer.stop();
  }
}

class Migration20261124000001_entries extends Migration {
  override up(): void {
    this.addSql('create table entry (event_id text primary key, tenant_id text, type text)');
  }
}

/** Only records what the others tell; it plays analytics. */
export const journal = defineService({
  name: 'analytics',
  config: CommonConfig,
  entities: [],
  migrations: [Migration20261124000001_entries],
  module: () => ({ providers: [ProbeJournal] }),
});
