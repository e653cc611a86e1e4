import type { Plan } from '@latchkey/contracts';

/** What a step may know about the run it works for. */
export interface StepContext {
  tenantId: string;
  plan: Plan;
  namespace: string;
  /** Grows with every try that may follow an undo: with it a late call of an undone try is told from a new one. */
  epoch: number;
  trialEndsAt: string | null;
  /** Ends when the attempt's time is up. */
  signal: AbortSignal;
}

/**
 * One step of the recipe, both halves in one file. `run` and `undo` are called outside of any transaction and may be
 * called again after a crash: running twice must leave the same world as running once, and so must undoing.
 */
export interface Step {
  name: string;
  /** What the waiting customer reads. */
  title: string;
  run(context: StepContext): Promise<void>;
  undo(context: StepContext): Promise<void>;
}
