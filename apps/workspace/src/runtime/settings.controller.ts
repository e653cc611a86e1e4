import { WorkspaceSettingsResponse } from '@latchkey/contracts';
import { Responds } from '@latchkey/shared/http';
import { Door, em } from '@latchkey/shared/persistence';
import { Controller, Get, UseGuards } from '@nestjs/common';
import { Caller, CurrentCaller } from '../access/caller.js';
import { CallerGuard } from '../access/caller.guard.js';
import { Runtime } from './runtime.entity.js';

/** What the tenant's workspace is set to (S4.3): its limits, models and features, as they count and not as the plan reads. */
@Controller('v1/settings')
@UseGuards(CallerGuard)
export class SettingsController {
  constructor(private readonly door: Door) {}

  @Get()
  @Responds(WorkspaceSettingsResponse)
  async settings(@CurrentCaller() { tenantId }: Caller): Promise<WorkspaceSettingsResponse> {
    const runtime = await this.door.read('read-settings', () => em().findOneOrFail(Runtime, { tenantId }));
    return {
      plan: runtime.plan,
      state: runtime.state,
      trial_ends_at: runtime.trialEndsAt?.toISOString() ?? null,
      features_enabled: runtime.featuresEnabled,
      models: { embedding: runtime.embeddingModel, chat: runtime.chatModel },
      limits: {
        documents_max: runtime.documentsMax,
        queries_per_month_max: runtime.queriesPerMonthMax,
        queries_per_minute_max: runtime.queriesPerMinuteMax,
        api_keys_max: runtime.apiKeysMax,
      },
    };
  }
}
