import { OnJob, type JobData, type JobRun } from '@latchkey/shared/jobs';
import { Log } from '@latchkey/shared/observability';
import { Injectable } from '@nestjs/common';
import { SendEmailJob } from './send-email.job.js';
import { SendEmail } from './send-email.js';

@Injectable()
export class EmailJobs {
  constructor(
    private readonly sendEmail: SendEmail,
    private readonly log: Log,
  ) {}

  @OnJob(SendEmailJob)
  async send(data: JobData<typeof SendEmailJob>, run: JobRun): Promise<void> {
    try {
      await this.sendEmail.run(data, run);
    } catch (error) {
      // A bug of ours, not SendGrid's mood: those end in the message's own states. Nothing may stay in limbo (rule 7).
      if (!run.endsWith(error)) throw error;
      this.log.error('A mail could not be worked off and is given up.', { message_id: data.message_id, err: error });
      await this.sendEmail.giveUp(data.message_id, run);
    }
  }
}
