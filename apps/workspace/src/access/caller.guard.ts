import { ProblemError } from '@latchkey/shared/errors';
import { nameTenant } from '@latchkey/shared/observability';
import { Door, sql } from '@latchkey/shared/persistence';
import { sha256Hex } from '@latchkey/shared/crypto';
import { SessionTokens } from '@latchkey/shared/sessions';
import { Clock } from '@latchkey/shared/time';
import { Injectable, SetMetadata, type CanActivate, type ExecutionContext } from '@nestjs/common';
import { Reflector } from '@nestjs/core';
import { isWellFormed, looksLikeKey } from '../api-keys/secret.js';
import type { RuntimeState } from '../runtime/runtime.entity.js';
import { Caller, type CallerRequest } from './caller.js';

const sessionOnly = 'workspace:session-only';

/** Keys may not do this: a stolen key must not be able to make itself a successor. */
export const SessionOnly = () => SetMetadata(sessionOnly, true);

/** `last_used_at` is for people who tidy up keys: a minute is fine enough, and spares a write per request. */
const lastUsedEveryMs = 60_000;

interface RuntimeRow {
  tenant_id: string;
  state: RuntimeState;
  namespace: string;
  chat_model: string;
}
type KeyRow = RuntimeRow & { key_id: string; last_used_at: string | null };

/** The one door into `/v1`: finds the tenant by API key or session token, and refuses when its workspace is not open. */
@Injectable()
export class CallerGuard implements CanActivate {
  constructor(
    private readonly door: Door,
    private readonly clock: Clock,
    private readonly sessions: SessionTokens,
    private readonly reflector: Reflector,
  ) {}

  async canActivate(context: ExecutionContext): Promise<boolean> {
    const request = context.switchToHttp().getRequest<CallerRequest>();
    const token = /^Bearer +(\S+)$/i.exec(request.headers.authorization ?? '')?.[1];
    if (!token) throw new ProblemError('unauthorized');
    const via = looksLikeKey(token) ? 'key' : 'session';
    const runtime = via === 'key' ? await this.byKey(token) : await this.bySession(token);
    nameTenant(runtime.tenant_id);
    const targets = [context.getHandler(), context.getClass()];
    if (via === 'key' && this.reflector.getAllAndOverride<boolean>(sessionOnly, targets)) {
      throw new ProblemError('forbidden', { detail: 'Keys are managed in a session: please log in.' });
    }
    // A suspended tenant may still see what it has and take it away.
    const onlyLooks = request.method === 'GET' || request.method === 'DELETE';
    if (runtime.state !== 'open' && !(runtime.state === 'suspended' && onlyLooks)) {
      throw new ProblemError('workspace_not_open');
    }
    request.caller = new Caller(runtime.tenant_id, via, runtime.namespace, runtime.chat_model);
    return true;
  }

  private async byKey(secret: string): Promise<RuntimeRow> {
    if (!isWellFormed(secret)) throw new ProblemError('unauthorized');
    const [row] = await this.door.read('find-key', () =>
      sql<KeyRow>(
        `select k.id as key_id, k.last_used_at, r.tenant_id, r.state, r.namespace, r.chat_model
         from api_key k join runtime r on r.tenant_id = k.tenant_id
         where k.secret_hash = $1 and k.state = 'active'`,
        [sha256Hex(secret)],
      ),
    );
    if (!row) throw new ProblemError('unauthorized');
    const before = this.clock.nowMs() - lastUsedEveryMs;
    if (Date.parse(row.last_used_at ?? '1970') <= before) {
      await this.door.commit('note-key-use', () =>
        sql('update api_key set last_used_at = $2 where id = $1 and (last_used_at is null or last_used_at <= $3)', [
          row.key_id,
          this.clock.now(),
          new Date(before),
        ]),
      );
    }
    return row;
  }

  private async bySession(token: string): Promise<RuntimeRow> {
    const { tenantId } = await this.sessions.read(token);
    const [row] = await this.door.read('find-runtime', () =>
      sql<RuntimeRow>('select tenant_id, state, namespace, chat_model from runtime where tenant_id = $1', [tenantId]),
    );
    if (!row) throw new ProblemError('workspace_not_open');
    return row;
  }
}
