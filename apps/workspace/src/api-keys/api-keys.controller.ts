import { ApiKeyList, ApiKeyResponse } from '@latchkey/contracts';
import { ProblemError } from '@latchkey/shared/errors';
import { Responds } from '@latchkey/shared/http';
import { Door, em } from '@latchkey/shared/persistence';
import { Body, Controller, Delete, Get, Header, HttpCode, Param, Post, UseGuards } from '@nestjs/common';
import { z } from 'zod';
import { Caller, CurrentCaller } from '../access/caller.js';
import { CallerGuard, SessionOnly } from '../access/caller.guard.js';
import { ApiKey } from './api-key.entity.js';
import { answerOf, type KeyAnswer } from './find-key.js';
import { IssueKey } from './issue-key.js';
import { RevealKey } from './reveal-key.js';
import { RevokeKey } from './revoke-key.js';
import { RotateKey } from './rotate-key.js';

const NewKey = z.strictObject({ name: z.string().trim().min(1, 'Please name the key.').max(80) });
/** Far above every plan's number of keys: all the living, then those that were revoked last. */
const listMax = 200;

@Controller('v1/api-keys')
@UseGuards(CallerGuard)
@SessionOnly()
export class ApiKeysController {
  constructor(
    private readonly door: Door,
    private readonly issueKey: IssueKey,
    private readonly revealKey: RevealKey,
    private readonly rotateKey: RotateKey,
    private readonly revokeKey: RevokeKey,
  ) {}

  @Get()
  @Responds(ApiKeyList)
  async list(@CurrentCaller() { tenantId }: Caller): Promise<{ api_keys: KeyAnswer[] }> {
    const keys = await this.door.read('list-keys', () =>
      em().find(
        ApiKey,
        { tenantId },
        { orderBy: { revokedAt: 'desc nulls first', createdAt: 'desc', id: 'desc' }, limit: listMax },
      ),
    );
    return { api_keys: keys.map((key) => answerOf(key)) };
  }

  @Post()
  @Responds(ApiKeyResponse, 201)
  @Header('cache-control', 'no-store')
  async issue(
    @CurrentCaller() caller: Caller,
    @Body({ schema: NewKey }) body: z.infer<typeof NewKey>,
  ): Promise<KeyAnswer> {
    const issued = await this.door.commit('issue-key', () => this.issueKey.run(caller.tenantId, body.name));
    if (issued === 'exceeded') throw new ProblemError('quota_api_keys_exceeded');
    return issued;
  }

  @Post(':key_id/reveal')
  @Responds(ApiKeyResponse)
  @HttpCode(200)
  @Header('cache-control', 'no-store')
  async reveal(@CurrentCaller() caller: Caller, @Param('key_id') keyId: string): Promise<KeyAnswer> {
    return this.door.commit('reveal-key', () => this.revealKey.run(caller.tenantId, keyId));
  }

  @Post(':key_id/rotate')
  @Responds(ApiKeyResponse)
  @HttpCode(200)
  @Header('cache-control', 'no-store')
  async rotate(@CurrentCaller() caller: Caller, @Param('key_id') keyId: string): Promise<KeyAnswer> {
    return this.door.commit('rotate-key', () => this.rotateKey.run(caller.tenantId, keyId));
  }

  @Delete(':key_id')
  @HttpCode(204)
  async revoke(@CurrentCaller() caller: Caller, @Param('key_id') keyId: string): Promise<void> {
    await this.door.commit('revoke-key', () => this.revokeKey.run(caller.tenantId, keyId));
  }
}
