import type { Provider } from '@nestjs/common';
import { recipe } from './steps/index.js';
import type { Step } from './steps/step.js';

/** The recipe's steps as instances, in their order. */
export class Recipe {
  constructor(readonly steps: readonly Step[]) {}

  get names(): string[] {
    return this.steps.map((step) => step.name);
  }

  step(name: string): Step {
    const step = this.steps.find((candidate) => candidate.name === name);
    if (!step) throw new Error(`The recipe has no step ${name}.`);
    return step;
  }
}

export const recipeProviders: Provider[] = [
  ...recipe,
  { provide: Recipe, useFactory: (...steps: Step[]) => new Recipe(steps), inject: [...recipe] },
];
