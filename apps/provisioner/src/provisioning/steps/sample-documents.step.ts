import { Injectable } from '@nestjs/common';
import { PineconeNamespaces } from '@latchkey/vendor-pinecone';
import { VendorBudget } from '../../budget/vendor-budget.js';
import { SampleVectors } from '../../samples/sample-vectors.js';
import type { Step, StepContext } from './step.js';

/**
 * Writes the sample documents, which also creates the tenant's namespace: a first upsert does, while an all-zero vector
 * is refused by Pinecone (VENDORS 2.4). Ids are fixed, so a repetition overwrites instead of adding.
 */
@Injectable()
export class SampleDocuments implements Step {
  readonly name = 'sample-documents';
  readonly title = 'Loading sample documents';

  constructor(
    private readonly pinecone: PineconeNamespaces,
    private readonly samples: SampleVectors,
    private readonly budget: VendorBudget,
  ) {}

  async run({ namespace, signal }: Pick<StepContext, 'namespace' | 'signal'>): Promise<void> {
    const records = await this.samples.documents();
    await this.budget.take('pinecone', signal);
    await this.pinecone.upsert(namespace, records);
  }

  async undo({ namespace, signal }: Pick<StepContext, 'namespace' | 'signal'>): Promise<void> {
    await this.budget.take('pinecone', signal);
    await this.pinecone.deleteNamespace(namespace);
  }
}
