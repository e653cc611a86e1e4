/**
 * The three documents every new workspace starts with, so that the first question has an answer before anything is
 * uploaded (S4.3). The texts are the same for everybody: they are embedded once and cached, never once per tenant.
 */
export const sampleDocuments = [
  {
    id: 'sample_1',
    title: 'Welcome',
    text: 'Welcome to your RAG system! This is a sample document showing how semantic search works: it finds passages by their meaning, not only by the words they share with your question.',
  },
  {
    id: 'sample_2',
    title: 'What is RAG?',
    text: 'RAG (Retrieval-Augmented Generation) combines search with LLMs to answer questions using your data. It first retrieves the passages that fit the question and then writes an answer that cites them.',
  },
  {
    id: 'sample_3',
    title: 'Things to try',
    text: "Try asking: 'What is RAG?' or 'How does semantic search work?' to see it in action. Then upload a document of your own and ask about it.",
  },
] as const;

/** The question of the welcome mail and of the wizard's first step; provisioning proves that it finds `expectedDocumentId` (F3). */
export const sampleQuestion = { text: 'What is RAG?', expectedDocumentId: 'sample_2' } as const;
