// Made from workspace's OpenAPI document by npm run web:client. Not to be edited.
export interface paths {
  '/v1/query': {
    parameters: {
      query?: never;
      header?: never;
      path?: never;
      cookie?: never;
    };
    get?: never;
    put?: never;
    post: operations['QueryController_query'];
    delete?: never;
    options?: never;
    head?: never;
    patch?: never;
    trace?: never;
  };
  '/v1/documents': {
    parameters: {
      query?: never;
      header?: never;
      path?: never;
      cookie?: never;
    };
    get: operations['DocumentsController_list'];
    put?: never;
    post: operations['DocumentsController_upload'];
    delete?: never;
    options?: never;
    head?: never;
    patch?: never;
    trace?: never;
  };
  '/v1/documents/{document_id}': {
    parameters: {
      query?: never;
      header?: never;
      path?: never;
      cookie?: never;
    };
    get: operations['DocumentsController_read'];
    put?: never;
    post?: never;
    delete: operations['DocumentsController_remove'];
    options?: never;
    head?: never;
    patch?: never;
    trace?: never;
  };
  '/v1/api-keys': {
    parameters: {
      query?: never;
      header?: never;
      path?: never;
      cookie?: never;
    };
    get: operations['ApiKeysController_list'];
    put?: never;
    post: operations['ApiKeysController_issue'];
    delete?: never;
    options?: never;
    head?: never;
    patch?: never;
    trace?: never;
  };
  '/v1/api-keys/{key_id}/reveal': {
    parameters: {
      query?: never;
      header?: never;
      path?: never;
      cookie?: never;
    };
    get?: never;
    put?: never;
    post: operations['ApiKeysController_reveal'];
    delete?: never;
    options?: never;
    head?: never;
    patch?: never;
    trace?: never;
  };
  '/v1/api-keys/{key_id}/rotate': {
    parameters: {
      query?: never;
      header?: never;
      path?: never;
      cookie?: never;
    };
    get?: never;
    put?: never;
    post: operations['ApiKeysController_rotate'];
    delete?: never;
    options?: never;
    head?: never;
    patch?: never;
    trace?: never;
  };
  '/v1/api-keys/{key_id}': {
    parameters: {
      query?: never;
      header?: never;
      path?: never;
      cookie?: never;
    };
    get?: never;
    put?: never;
    post?: never;
    delete: operations['ApiKeysController_revoke'];
    options?: never;
    head?: never;
    patch?: never;
    trace?: never;
  };
  '/v1/usage': {
    parameters: {
      query?: never;
      header?: never;
      path?: never;
      cookie?: never;
    };
    get: operations['UsageController_usage'];
    put?: never;
    post?: never;
    delete?: never;
    options?: never;
    head?: never;
    patch?: never;
    trace?: never;
  };
  '/v1/settings': {
    parameters: {
      query?: never;
      header?: never;
      path?: never;
      cookie?: never;
    };
    get: operations['SettingsController_settings'];
    put?: never;
    post?: never;
    delete?: never;
    options?: never;
    head?: never;
    patch?: never;
    trace?: never;
  };
}
export type webhooks = Record<string, never>;
export interface components {
  schemas: never;
  responses: never;
  parameters: never;
  requestBodies: never;
  headers: never;
  pathItems: never;
}
export type $defs = Record<string, never>;
export interface operations {
  QueryController_query: {
    parameters: {
      query?: never;
      header?: {
        'x-latchkey-channel'?: string;
      };
      path?: never;
      cookie?: never;
    };
    requestBody: {
      content: {
        'application/json': {
          query: string;
          document_ids?: string[];
          stream?: boolean;
        };
      };
    };
    responses: {
      200: {
        headers: {
          [name: string]: unknown;
        };
        content: {
          'application/json': {
            question_id: string;
            answer: string;
            grounded: boolean;
            sources: {
              document_id: string;
              title: string;
              passage: string;
              /** @default null */
              chunk: number | null;
              /** @default [] */
              highlights: {
                start: number;
                end: number;
              }[];
              score: number;
              sample: boolean;
            }[];
            usage: {
              prompt_tokens: number;
              completion_tokens: number;
              embedding_tokens: number;
            };
          };
          'text/event-stream': {
            question_id: string;
            answer: string;
            grounded: boolean;
            sources: {
              document_id: string;
              title: string;
              passage: string;
              /** @default null */
              chunk: number | null;
              /** @default [] */
              highlights: {
                start: number;
                end: number;
              }[];
              score: number;
              sample: boolean;
            }[];
            usage: {
              prompt_tokens: number;
              completion_tokens: number;
              embedding_tokens: number;
            };
          };
        };
      };
    };
  };
  DocumentsController_list: {
    parameters: {
      query?: {
        limit?: number;
        after?: string;
      };
      header?: never;
      path?: never;
      cookie?: never;
    };
    requestBody?: never;
    responses: {
      200: {
        headers: {
          [name: string]: unknown;
        };
        content: {
          'application/json': {
            documents: {
              document_id: string;
              title: string;
              format: string;
              bytes: number;
              /** @enum {string} */
              state: 'received' | 'reading' | 'indexing' | 'indexed' | 'rejected';
              chunks_created: number;
              chunks_total: number | null;
              reason: {
                code: string;
                message: string;
              } | null;
              /** Format: date-time */
              uploaded_at: string;
            }[];
            next_after: string | null;
          };
        };
      };
    };
  };
  DocumentsController_upload: {
    parameters: {
      query?: never;
      header?: never;
      path?: never;
      cookie?: never;
    };
    requestBody: {
      content: {
        'multipart/form-data': {
          /** Format: binary */
          file?: string;
        };
      };
    };
    responses: {
      201: {
        headers: {
          [name: string]: unknown;
        };
        content: {
          'application/json': {
            document_id: string;
            title: string;
            format: string;
            bytes: number;
            /** @enum {string} */
            state: 'received' | 'reading' | 'indexing' | 'indexed' | 'rejected';
            chunks_created: number;
            chunks_total: number | null;
            reason: {
              code: string;
              message: string;
            } | null;
            /** Format: date-time */
            uploaded_at: string;
          };
        };
      };
      202: {
        headers: {
          [name: string]: unknown;
        };
        content: {
          'application/json': {
            document_id: string;
            title: string;
            format: string;
            bytes: number;
            /** @enum {string} */
            state: 'received' | 'reading' | 'indexing' | 'indexed' | 'rejected';
            chunks_created: number;
            chunks_total: number | null;
            reason: {
              code: string;
              message: string;
            } | null;
            /** Format: date-time */
            uploaded_at: string;
          };
        };
      };
    };
  };
  DocumentsController_read: {
    parameters: {
      query?: never;
      header?: never;
      path: {
        document_id: string;
      };
      cookie?: never;
    };
    requestBody?: never;
    responses: {
      200: {
        headers: {
          [name: string]: unknown;
        };
        content: {
          'application/json': {
            document_id: string;
            title: string;
            format: string;
            bytes: number;
            /** @enum {string} */
            state: 'received' | 'reading' | 'indexing' | 'indexed' | 'rejected';
            chunks_created: number;
            chunks_total: number | null;
            reason: {
              code: string;
              message: string;
            } | null;
            /** Format: date-time */
            uploaded_at: string;
          };
        };
      };
    };
  };
  DocumentsController_remove: {
    parameters: {
      query?: never;
      header?: never;
      path: {
        document_id: string;
      };
      cookie?: never;
    };
    requestBody?: never;
    responses: {
      204: {
        headers: {
          [name: string]: unknown;
        };
        content?: never;
      };
    };
  };
  ApiKeysController_list: {
    parameters: {
      query?: never;
      header?: never;
      path?: never;
      cookie?: never;
    };
    requestBody?: never;
    responses: {
      200: {
        headers: {
          [name: string]: unknown;
        };
        content: {
          'application/json': {
            api_keys: {
              key_id: string;
              name: string;
              prefix: string | null;
              /** @enum {string} */
              state: 'unclaimed' | 'active' | 'revoked';
              /** Format: date-time */
              created_at: string;
              /** Format: date-time */
              last_used_at: string | null;
              key?: string;
            }[];
          };
        };
      };
    };
  };
  ApiKeysController_issue: {
    parameters: {
      query?: never;
      header?: never;
      path?: never;
      cookie?: never;
    };
    requestBody: {
      content: {
        'application/json': {
          name: string;
        };
      };
    };
    responses: {
      201: {
        headers: {
          [name: string]: unknown;
        };
        content: {
          'application/json': {
            key_id: string;
            name: string;
            prefix: string | null;
            /** @enum {string} */
            state: 'unclaimed' | 'active' | 'revoked';
            /** Format: date-time */
            created_at: string;
            /** Format: date-time */
            last_used_at: string | null;
            key?: string;
          };
        };
      };
    };
  };
  ApiKeysController_reveal: {
    parameters: {
      query?: never;
      header?: never;
      path: {
        key_id: string;
      };
      cookie?: never;
    };
    requestBody?: never;
    responses: {
      200: {
        headers: {
          [name: string]: unknown;
        };
        content: {
          'application/json': {
            key_id: string;
            name: string;
            prefix: string | null;
            /** @enum {string} */
            state: 'unclaimed' | 'active' | 'revoked';
            /** Format: date-time */
            created_at: string;
            /** Format: date-time */
            last_used_at: string | null;
            key?: string;
          };
        };
      };
    };
  };
  ApiKeysController_rotate: {
    parameters: {
      query?: never;
      header?: never;
      path: {
        key_id: string;
      };
      cookie?: never;
    };
    requestBody?: never;
    responses: {
      200: {
        headers: {
          [name: string]: unknown;
        };
        content: {
          'application/json': {
            key_id: string;
            name: string;
            prefix: string | null;
            /** @enum {string} */
            state: 'unclaimed' | 'active' | 'revoked';
            /** Format: date-time */
            created_at: string;
            /** Format: date-time */
            last_used_at: string | null;
            key?: string;
          };
        };
      };
    };
  };
  ApiKeysController_revoke: {
    parameters: {
      query?: never;
      header?: never;
      path: {
        key_id: string;
      };
      cookie?: never;
    };
    requestBody?: never;
    responses: {
      204: {
        headers: {
          [name: string]: unknown;
        };
        content?: never;
      };
    };
  };
  UsageController_usage: {
    parameters: {
      query?: never;
      header?: never;
      path?: never;
      cookie?: never;
    };
    requestBody?: never;
    responses: {
      200: {
        headers: {
          [name: string]: unknown;
        };
        content: {
          'application/json': {
            /** @enum {string} */
            plan: 'starter' | 'pro' | 'enterprise';
            /** Format: date-time */
            period_start: string;
            /** Format: date-time */
            period_end: string;
            queries_used: number;
            queries_limit: number;
            documents_used: number;
            documents_limit: number;
            embedding_tokens_used: number;
            llm_tokens_used: number;
          };
        };
      };
    };
  };
  SettingsController_settings: {
    parameters: {
      query?: never;
      header?: never;
      path?: never;
      cookie?: never;
    };
    requestBody?: never;
    responses: {
      200: {
        headers: {
          [name: string]: unknown;
        };
        content: {
          'application/json': {
            /** @enum {string} */
            plan: 'starter' | 'pro' | 'enterprise';
            state: string;
            /** Format: date-time */
            trial_ends_at: string | null;
            features_enabled: string[];
            models: {
              embedding: string;
              chat: string;
            };
            limits: {
              documents_max: number;
              queries_per_month_max: number;
              queries_per_minute_max: number;
              api_keys_max: number;
            };
          };
        };
      };
    };
  };
}
