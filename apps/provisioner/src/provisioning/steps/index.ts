import type { Type } from '@nestjs/common';
import { OpenWorkspace } from './open-workspace.step.js';
import { SampleDocuments } from './sample-documents.step.js';
import { SamplesSearchable } from './samples-searchable.step.js';
import type { Step } from './step.js';

/**
 * The recipe: what a paying, verified customer gets, in this order; when it cannot be finished, it is taken back in the
 * opposite order. To add a step: a new `.step.ts`, and one line here.
 */
export const recipe: readonly Type<Step>[] = [
  SampleDocuments, // the customer's own namespace with three documents to ask about
  SamplesSearchable, // the first question really finds its answer
  OpenWorkspace, // limits by plan, quota, first API key
];

/** The steps a warm workspace has behind it before anybody claims it. */
export const warmSteps: readonly string[] = ['sample-documents', 'samples-searchable'];
