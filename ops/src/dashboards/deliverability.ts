import { bars, type DashboardPlan, lines, number, quantile } from './panel.js';

export const deliverability: DashboardPlan = {
  uid: 'latchkey-deliverability',
  title: 'Deliverability',
  description: 'Whether our mails reach people (F5). Openings by a mailbox’s own software are told apart.',
  from: 'now-7d',
  rows: [
    {
      title: 'The two rates',
      panels: [
        number('Bounces', 'percentunit', 'Of the mails of the last day. Alert above 3 %, from 30 mails on.', [
          'max(notifier_bounce_window_mails{state="bounced"}) / max(notifier_bounce_window_mails{state="sent"})',
          'bounced',
        ]),
        number(
          'Opened by a person',
          'percentunit',
          'Welcome mails of the last week but for its last day; those only a machine opened are left out. Alert under 60 %.',
          [
            'max(notifier_open_window_mails{state="opened"}) / max(notifier_open_window_mails{state="delivered"})',
            'opened',
          ],
        ),
        number('Mails of the last day', 'short', 'The sample behind the bounces.', [
          'max(notifier_bounce_window_mails{state="sent"})',
          'sent',
        ]),
        number('Welcome mails of the week', 'short', 'The sample behind the openings.', [
          'max(notifier_open_window_mails{state="delivered"})',
          'delivered',
        ]),
        bars('What SendGrid reported', 'short', 'Reports in this span, each counted once.', [
          'sum by (kind) (increase(notifier_email_events_total[$__range]))',
          '{{kind}}',
        ]),
      ],
    },
    {
      title: 'Over time',
      panels: [
        lines('Mails', 'short', 'Mails in each interval, by template and outcome.', [
          'sum by (template, outcome) (increase(notifier_emails_total[$__rate_interval])) > 0',
          '{{template}} {{outcome}}',
        ]),
        lines('Reports', 'short', 'Reports in each interval. machine true: a mailbox’s software, no reader.', [
          'sum by (kind, machine) (increase(notifier_email_events_total[$__rate_interval])) > 0',
          '{{kind}} machine {{machine}}',
        ]),
        lines('SendGrid, p95', 's', 'Time SendGrid takes to take a mail.', [
          quantile(0.95, 'vendor_request_duration_seconds', 'outcome', '{vendor="sendgrid"}'),
          '{{outcome}}',
        ]),
        lines(
          'Alerts and tickets',
          'short',
          'What the notifier raised in each interval.',
          ['sum by (kind) (increase(notifier_alerts_total[$__rate_interval])) > 0', 'alert {{kind}}'],
          ['sum by (kind) (increase(notifier_tickets_total[$__rate_interval])) > 0', 'ticket {{kind}}'],
        ),
      ],
    },
  ],
};
