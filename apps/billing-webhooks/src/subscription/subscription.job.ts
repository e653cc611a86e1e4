import { OnJob, OnSchedule, type JobData, type JobRun } from '@latchkey/shared/jobs';
import { Injectable } from '@nestjs/common';
import { EraseCustomer } from '../customer/erase-customer.js';
import { EndOneSubscription } from './end-one-subscription.js';
import { EndSubscription, EraseStripeCustomer, RereadSubscription } from './jobs.js';
import { RereadSubscriptions } from './reread-subscriptions.js';
import { WatchCompensations } from './watch-compensations.js';

/** Due work on subscriptions and their customers. */
@Injectable()
export class SubscriptionJobs {
  constructor(
    private readonly endOneSubscription: EndOneSubscription,
    private readonly eraseCustomer: EraseCustomer,
    private readonly rereadSubscriptions: RereadSubscriptions,
    private readonly watchCompensations: WatchCompensations,
  ) {}

  @OnJob(EndSubscription)
  async end({ subscription_id }: JobData<typeof EndSubscription>, run: JobRun): Promise<void> {
    await this.endOneSubscription.run(subscription_id, run);
  }

  @OnJob(EraseStripeCustomer)
  async erase({ tenant_id }: JobData<typeof EraseStripeCustomer>, run: JobRun): Promise<void> {
    await this.eraseCustomer.eraseAtStripe(tenant_id, run);
  }

  @OnJob(RereadSubscription)
  async reread({ subscription_id }: JobData<typeof RereadSubscription>, run: JobRun): Promise<void> {
    await this.rereadSubscriptions.one(subscription_id, run);
  }

  @OnSchedule({ name: 'reread-subscriptions', cron: '* * * * *' })
  async planRereading(_run: JobRun): Promise<void> {
    await this.rereadSubscriptions.plan();
  }

  @OnSchedule({ name: 'watch-compensations', cron: '* * * * *' })
  async watch(_run: JobRun): Promise<void> {
    await this.watchCompensations.run();
  }
}
