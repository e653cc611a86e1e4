import { counter } from '@latchkey/shared/observability';

/** `indexed`, or the problem code an upload was refused with. */
export const documentOutcomes = counter('workspace_documents_total', 'Uploads by how they ended.', ['outcome']);
