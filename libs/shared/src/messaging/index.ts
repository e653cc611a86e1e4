export { Bus } from './bus.js';
export { BusKeeper } from './bus-keeper.js';
export { DeadLetters } from './dead-letters.js';
export type { Fact } from './fact.js';
export { Hints } from './hints.js';
export { JournalConsumer } from './journal-consumer.js';
export { OnEvent } from './on-event.js';
export { Answers, Questions, QuestionUnanswered } from './questions.js';
export { ensureStream } from './streams.js';
