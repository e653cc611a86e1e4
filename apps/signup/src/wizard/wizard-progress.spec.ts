import { describe, expect, test } from '@jest/globals';
import { wizardStatus, wizardSteps } from './wizard-progress.js';

const at = new Date('2026-11-23T03:00:00Z');

describe('the wizard', () => {
  test('has at most three steps, because each one more loses customers (F2)', () => {
    expect(wizardSteps.steps.length).toBeLessThanOrEqual(3);
  });

  test('leads from the sample question over the own document to the own answer', () => {
    const facts = { status: 'active' };
    expect(wizardStatus(facts)).toMatchObject({ completion_percentage: 25, next_step: 'run_sample_query' });
    expect(wizardStatus({ ...facts, firstQueryAt: at })).toMatchObject({
      completion_percentage: 50,
      next_step: 'upload_document',
    });
    expect(wizardStatus({ ...facts, firstQueryAt: at, firstDocumentAt: at })).toMatchObject({
      completion_percentage: 75,
      next_step: 'query_your_document',
    });
  });

  test('is complete for whoever got an answer from an own document, whatever was skipped', () => {
    expect(wizardStatus({ status: 'active', activationCompletedAt: at }).next_step).toBe('complete');
  });
});
