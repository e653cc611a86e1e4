import { Inject, Injectable } from '@nestjs/common';
import { sampleQuestion } from '@latchkey/contracts';
import { delay } from '@latchkey/shared/time';
import { PineconeNamespaces } from '@latchkey/vendor-pinecone';
import { VendorBudget } from '../../budget/vendor-budget.js';
import { CONFIG, type Config } from '../../config.js';
import { SampleVectors } from '../../samples/sample-vectors.js';
import type { Step, StepContext } from './step.js';

/** Written, but not found within the time of one attempt. */
export class SamplesNotSearchable extends Error {}

const firstPauseMs = 15;
const longestPauseMs = 400;

/**
 * Asks the very question of the welcome mail, until it finds the very document that answers it: Pinecone shows writes
 * later, and a customer whose first question finds nothing thinks the product is broken (F3, FEATURES lesson 13).
 */
@Injectable()
export class SamplesSearchable implements Step {
  readonly name = 'samples-searchable';
  readonly title = 'Checking that your first question finds its answer';

  constructor(
    private readonly pinecone: PineconeNamespaces,
    private readonly samples: SampleVectors,
    private readonly budget: VendorBudget,
    @Inject(CONFIG) private readonly config: Config,
  ) {}

  async run({ namespace, signal }: Pick<StepContext, 'namespace' | 'signal'>): Promise<void> {
    const question = await this.samples.question();
    let waitedMs = 0;
    for (let pauseMs = firstPauseMs; !signal.aborted; pauseMs = Math.min(pauseMs * 2, longestPauseMs)) {
      await this.budget.take('pinecone', signal);
      const { matches } = await this.pinecone.query(namespace, question, { topK: 3 });
      if (matches.some((match) => match.id === sampleQuestion.expectedDocumentId)) return;
      if (waitedMs >= this.config.SEARCHABLE_TIMEOUT_MS) break;
      await delay(pauseMs, signal);
      waitedMs += pauseMs;
    }
    throw new SamplesNotSearchable(`The sample question found nothing within ${waitedMs} ms.`);
  }

  /** Looking leaves nothing behind. */
  async undo(): Promise<void> {}
}
