import {
  ProvisionerDiagnosis,
  sampleDocuments,
  sampleQuestion,
  type QuestionReply,
  type QuestionRequest,
} from '@latchkey/contracts';
import { VendorError } from '@latchkey/shared/errors';
import { Answers } from '@latchkey/shared/messaging';
import { ReadDeadLetters } from '@latchkey/shared/operator';
import { Door, em } from '@latchkey/shared/persistence';
import { PineconeNamespaces } from '@latchkey/vendor-pinecone';
import { Controller } from '@nestjs/common';
import { Run } from '../provisioning/run.entity.js';
import { SampleVectors } from '../samples/sample-vectors.js';

type Reply = QuestionReply<typeof ProvisionerDiagnosis>;

/** What the tenant doctor asks of the provisioner: the run, and whether Pinecone really holds what the run put there. */
@Controller()
export class DiagnosisController {
  constructor(
    private readonly door: Door,
    private readonly pinecone: PineconeNamespaces,
    private readonly samples: SampleVectors,
    private readonly deadLetters: ReadDeadLetters,
  ) {}

  @Answers(ProvisionerDiagnosis)
  async diagnosis({ tenant_id }: QuestionRequest<typeof ProvisionerDiagnosis>): Promise<Reply> {
    const run = await this.door.read('diagnosis', () =>
      em().findOne(Run, { tenantId: tenant_id }, { orderBy: { generation: 'desc' } }),
    );
    return {
      run: run && runView(run),
      pinecone: await this.askPinecone(run),
      dead_letters: await this.deadLetters.ofTenant(tenant_id),
    };
  }

  /** Three reads at once; the slowest ends well within the question's time, or the vendor's own limit says so. */
  private async askPinecone(run: Run | null): Promise<Reply['pinecone']> {
    const samples_expected = sampleDocuments.length;
    const nothing = { exists: null, samples_present: null, sample_question_finds_its_answer: null, samples_expected };
    // Nothing is there when everything was taken back, and nothing should be.
    if (!run || run.state === 'failed' || run.state === 'removed')
      return { asked: 'not_needed', namespace: null, detail: null, ...nothing };
    const { namespace } = run;
    try {
      const [described, present, question] = await Promise.all([
        this.pinecone.describeNamespace(namespace),
        this.pinecone.fetchIds(
          namespace,
          sampleDocuments.map(({ id }) => id),
        ),
        this.samples.question(),
      ]);
      const { matches } = await this.pinecone.query(namespace, question, { topK: 3 });
      return {
        asked: 'answered',
        namespace,
        exists: described !== null,
        samples_present: present.length,
        samples_expected,
        sample_question_finds_its_answer: matches.some(({ id }) => id === sampleQuestion.expectedDocumentId),
        detail: described && `${described.recordCount} records`,
      };
    } catch (error) {
      if (!(error instanceof VendorError)) throw error;
      return { asked: 'failed', namespace, detail: error.message.slice(0, 300), ...nothing };
    }
  }
}

function runView(run: Run): Reply['run'] {
  const at = run.failedStep ?? run.steps.find(({ state }) => state !== 'done')?.name;
  const step = run.steps.find(({ name }) => name === at);
  return {
    run_id: run.id,
    state: run.state,
    step: step?.name ?? null,
    step_state: step?.state ?? null,
    attempts: step?.attempts ?? 0,
    last_error: step?.error ?? null,
    failure_reason: run.failureReason ?? null,
    next_attempt_at: run.nextAttemptAt?.toISOString() ?? null,
    deadline_at: run.deadlineAt.toISOString(),
    finished_at: run.finishedAt?.toISOString() ?? null,
  };
}
