import { OperatorReason } from '@latchkey/contracts';
import { OperatorGuard } from '@latchkey/shared/http';
import { audit } from '@latchkey/shared/operator';
import { Door } from '@latchkey/shared/persistence';
import { Body, Controller, Get, HttpCode, Param, Post, Query, UseGuards } from '@nestjs/common';
import { CloseTicket } from './close-ticket.js';
import { AlertFilter, ListAlerts } from './list-alerts.js';

/** What a person must look at, for the operators' console. */
@Controller('api/notifier')
@UseGuards(OperatorGuard)
export class AlertsController {
  constructor(
    private readonly door: Door,
    private readonly list: ListAlerts,
    private readonly closeTicket: CloseTicket,
  ) {}

  @Get('alerts')
  async alerts(@Query({ schema: AlertFilter }) filter: AlertFilter): Promise<{ alerts: object[] }> {
    return { alerts: await this.door.read('alerts', () => this.list.alerts(filter)) };
  }

  @Get('tickets')
  async tickets(@Query({ schema: AlertFilter }) filter: AlertFilter): Promise<{ tickets: object[] }> {
    return { tickets: await this.door.read('tickets', () => this.list.tickets(filter)) };
  }

  @Post('tickets/:id/close')
  @HttpCode(204)
  async close(@Param('id') id: string, @Body({ schema: OperatorReason }) { reason }: OperatorReason): Promise<void> {
    await this.door.commit('close-ticket', async () => {
      const { ticket, outcome } = await this.closeTicket.run(id);
      await audit({ action: 'close-ticket', tenantId: ticket.tenantId, target: id, reason, outcome });
    });
  }
}
