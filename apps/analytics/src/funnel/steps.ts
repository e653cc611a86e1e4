import { stages } from './stages.js';

/** The stages everybody passes, each with the one before it: what a drop-off is measured between (F2). */
export const steps = stages
  .filter((stage) => !('optional' in stage))
  .map(({ name, text }, index, all) => ({ name, text, previous: all[Math.max(0, index - 1)]!.name }));
