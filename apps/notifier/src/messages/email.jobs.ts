import { OnJob, type JobData, type JobRun } from '@latchkey/shared/jobs';
import { Injectable } from '@nestjs/common';
import { SendEmailJob } from './send-email.job.js';
import { SendEmail } from './send-email.js';

@Injectable()
export class EmailJobs {
  constructor(private readonly sendEmail: SendEmail) {}

  @OnJob(SendEmailJob)
  async send({ message_id }: JobData<typeof SendEmailJob>, run: JobRun): Promise<void> {
    await this.sendEmail.run(message_id, run);
  }
}
