import { OperatorReason } from '@latchkey/contracts';
import { OperatorGuard } from '@latchkey/shared/http';
import { audit } from '@latchkey/shared/operator';
import { Door } from '@latchkey/shared/persistence';
import { Body, Controller, Get, HttpCode, Param, Post, Query, UseGuards } from '@nestjs/common';
import type { z } from 'zod';
import { ListMessages, MessageFilter } from './list-messages.js';
import { ResendEmail } from './resend-email.js';

/** For operators and audits: which mails there were, and another try for one that failed. */
@Controller('api/notifier/messages')
@UseGuards(OperatorGuard)
export class MessagesController {
  constructor(
    private readonly door: Door,
    private readonly listMessages: ListMessages,
    private readonly resendEmail: ResendEmail,
  ) {}

  @Get()
  async list(@Query({ schema: MessageFilter }) filter: z.infer<typeof MessageFilter>): Promise<{ messages: object[] }> {
    return { messages: await this.door.read('messages', () => this.listMessages.run(filter)) };
  }

  @Post(':id/resend')
  @HttpCode(202)
  async resend(@Param('id') id: string, @Body({ schema: OperatorReason }) { reason }: OperatorReason): Promise<void> {
    await this.door.commit('resend-email', async () => {
      const { tenantId } = await this.resendEmail.run(id);
      await audit({ action: 'resend-email', tenantId, target: id, reason });
    });
  }
}
