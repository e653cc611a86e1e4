export {
  createPinecone,
  PineconeNamespaces,
  type Match,
  type PineconeConfig,
  type QueryAnswer,
  type VectorMetadata,
  type VectorRecord,
} from './pinecone.js';
