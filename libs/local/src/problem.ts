/**
 * A reason the machine cannot run the system that a person can act on. Its message is one complete sentence and is
 * shown without a stack trace; anything else that is thrown is a bug of ours and is shown with one.
 */
export class LocalProblem extends Error {
  override readonly name = 'LocalProblem';
}
