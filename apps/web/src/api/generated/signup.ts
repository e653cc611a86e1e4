// Made from signup's OpenAPI document by npm run web:client. Not to be edited.
export interface paths {
  '/api/onboarding/signup': {
    parameters: {
      query?: never;
      header?: never;
      path?: never;
      cookie?: never;
    };
    get?: never;
    put?: never;
    post: operations['OnboardingController_signup'];
    delete?: never;
    options?: never;
    head?: never;
    patch?: never;
    trace?: never;
  };
  '/api/onboarding/verify-email': {
    parameters: {
      query?: never;
      header?: never;
      path?: never;
      cookie?: never;
    };
    get?: never;
    put?: never;
    post: operations['OnboardingController_verify'];
    delete?: never;
    options?: never;
    head?: never;
    patch?: never;
    trace?: never;
  };
  '/api/onboarding/resend-code': {
    parameters: {
      query?: never;
      header?: never;
      path?: never;
      cookie?: never;
    };
    get?: never;
    put?: never;
    post: operations['OnboardingController_resend'];
    delete?: never;
    options?: never;
    head?: never;
    patch?: never;
    trace?: never;
  };
  '/api/onboarding/confirm-checkout': {
    parameters: {
      query?: never;
      header?: never;
      path?: never;
      cookie?: never;
    };
    get?: never;
    put?: never;
    post: operations['OnboardingController_confirm'];
    delete?: never;
    options?: never;
    head?: never;
    patch?: never;
    trace?: never;
  };
  '/api/onboarding/tenants/{tenantId}': {
    parameters: {
      query?: never;
      header?: never;
      path?: never;
      cookie?: never;
    };
    get: operations['OnboardingController_status'];
    put?: never;
    post?: never;
    delete?: never;
    options?: never;
    head?: never;
    patch?: never;
    trace?: never;
  };
  '/api/onboarding/tenants/{tenantId}/events': {
    parameters: {
      query?: never;
      header?: never;
      path?: never;
      cookie?: never;
    };
    get: operations['OnboardingController_events'];
    put?: never;
    post?: never;
    delete?: never;
    options?: never;
    head?: never;
    patch?: never;
    trace?: never;
  };
  '/api/auth/login': {
    parameters: {
      query?: never;
      header?: never;
      path?: never;
      cookie?: never;
    };
    get?: never;
    put?: never;
    post: operations['AuthController_login'];
    delete?: never;
    options?: never;
    head?: never;
    patch?: never;
    trace?: never;
  };
  '/api/auth/refresh': {
    parameters: {
      query?: never;
      header?: never;
      path?: never;
      cookie?: never;
    };
    get?: never;
    put?: never;
    post: operations['AuthController_refresh'];
    delete?: never;
    options?: never;
    head?: never;
    patch?: never;
    trace?: never;
  };
  '/api/auth/logout': {
    parameters: {
      query?: never;
      header?: never;
      path?: never;
      cookie?: never;
    };
    get?: never;
    put?: never;
    post: operations['AuthController_logout'];
    delete?: never;
    options?: never;
    head?: never;
    patch?: never;
    trace?: never;
  };
  '/.well-known/jwks.json': {
    parameters: {
      query?: never;
      header?: never;
      path?: never;
      cookie?: never;
    };
    get: operations['AuthController_publicKeys'];
    put?: never;
    post?: never;
    delete?: never;
    options?: never;
    head?: never;
    patch?: never;
    trace?: never;
  };
  '/api/auth/forgot-password': {
    parameters: {
      query?: never;
      header?: never;
      path?: never;
      cookie?: never;
    };
    get?: never;
    put?: never;
    post: operations['PasswordResetController_forgot'];
    delete?: never;
    options?: never;
    head?: never;
    patch?: never;
    trace?: never;
  };
  '/api/auth/reset-password': {
    parameters: {
      query?: never;
      header?: never;
      path?: never;
      cookie?: never;
    };
    get?: never;
    put?: never;
    post: operations['PasswordResetController_reset'];
    delete?: never;
    options?: never;
    head?: never;
    patch?: never;
    trace?: never;
  };
  '/api/onboarding/setup-wizard/status': {
    parameters: {
      query?: never;
      header?: never;
      path?: never;
      cookie?: never;
    };
    get: operations['WizardController_status'];
    put?: never;
    post?: never;
    delete?: never;
    options?: never;
    head?: never;
    patch?: never;
    trace?: never;
  };
  '/api/onboarding/setup-wizard/steps': {
    parameters: {
      query?: never;
      header?: never;
      path?: never;
      cookie?: never;
    };
    get: operations['WizardController_steps'];
    put?: never;
    post?: never;
    delete?: never;
    options?: never;
    head?: never;
    patch?: never;
    trace?: never;
  };
  '/api/onboarding/setup-wizard/sample-query': {
    parameters: {
      query?: never;
      header?: never;
      path?: never;
      cookie?: never;
    };
    get?: never;
    put?: never;
    post: operations['WizardController_sampleQuery'];
    delete?: never;
    options?: never;
    head?: never;
    patch?: never;
    trace?: never;
  };
  '/api/onboarding/setup-wizard/upload-document': {
    parameters: {
      query?: never;
      header?: never;
      path?: never;
      cookie?: never;
    };
    get?: never;
    put?: never;
    post: operations['WizardController_uploadDocument'];
    delete?: never;
    options?: never;
    head?: never;
    patch?: never;
    trace?: never;
  };
  '/api/onboarding/setup-wizard/complete': {
    parameters: {
      query?: never;
      header?: never;
      path?: never;
      cookie?: never;
    };
    get?: never;
    put?: never;
    post: operations['WizardController_complete'];
    delete?: never;
    options?: never;
    head?: never;
    patch?: never;
    trace?: never;
  };
  '/api/settings/advanced': {
    parameters: {
      query?: never;
      header?: never;
      path?: never;
      cookie?: never;
    };
    get: operations['WizardController_advanced'];
    put?: never;
    post?: never;
    delete?: never;
    options?: never;
    head?: never;
    patch?: never;
    trace?: never;
  };
  '/api/tenant/delete': {
    parameters: {
      query?: never;
      header?: never;
      path?: never;
      cookie?: never;
    };
    get?: never;
    put?: never;
    post: operations['PrivacyController_delete'];
    delete?: never;
    options?: never;
    head?: never;
    patch?: never;
    trace?: never;
  };
  '/api/tenant/export': {
    parameters: {
      query?: never;
      header?: never;
      path?: never;
      cookie?: never;
    };
    get: operations['PrivacyController_export'];
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
  OnboardingController_signup: {
    parameters: {
      query?: never;
      header?: never;
      path?: never;
      cookie?: never;
    };
    requestBody: {
      content: {
        'application/json': {
          /** Format: email */
          email: string;
          company_name: string;
          password: string;
          /**
           * @default starter
           * @enum {string}
           */
          plan?: 'starter' | 'pro' | 'enterprise';
          accept_terms: boolean;
          captcha_token?: string;
          /**
           * @default us
           * @enum {string}
           */
          region?: 'eu' | 'us';
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
            tenant_id: string;
            /** @enum {string} */
            status:
              | 'pending_payment'
              | 'provisioning'
              | 'active'
              | 'provisioning_failed'
              | 'suspended'
              | 'cancelled'
              | 'expired'
              | 'erased';
            checkout_url: string | null;
            message: string;
          };
        };
      };
      201: {
        headers: {
          [name: string]: unknown;
        };
        content: {
          'application/json': {
            tenant_id: string;
            /** @enum {string} */
            status:
              | 'pending_payment'
              | 'provisioning'
              | 'active'
              | 'provisioning_failed'
              | 'suspended'
              | 'cancelled'
              | 'expired'
              | 'erased';
            checkout_url: string | null;
            message: string;
          };
        };
      };
    };
  };
  OnboardingController_verify: {
    parameters: {
      query?: never;
      header?: never;
      path?: never;
      cookie?: never;
    };
    requestBody: {
      content: {
        'application/json': {
          tenant_id: string;
          code: string;
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
            tenant_id: string;
            /** @enum {string} */
            status:
              | 'pending_payment'
              | 'provisioning'
              | 'active'
              | 'provisioning_failed'
              | 'suspended'
              | 'cancelled'
              | 'expired'
              | 'erased';
            email_verified: boolean;
            message: string;
          };
        };
      };
    };
  };
  OnboardingController_resend: {
    parameters: {
      query?: never;
      header?: never;
      path?: never;
      cookie?: never;
    };
    requestBody: {
      content: {
        'application/json': {
          tenant_id: string;
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
            tenant_id: string;
            /** @enum {string} */
            status:
              | 'pending_payment'
              | 'provisioning'
              | 'active'
              | 'provisioning_failed'
              | 'suspended'
              | 'cancelled'
              | 'expired'
              | 'erased';
            email_verified: boolean;
            message: string;
          };
        };
      };
    };
  };
  OnboardingController_confirm: {
    parameters: {
      query?: never;
      header?: never;
      path?: never;
      cookie?: never;
    };
    requestBody: {
      content: {
        'application/json': {
          session_id: string;
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
            /** @enum {string} */
            state: 'completed' | 'open' | 'expired' | 'unknown' | 'unanswered';
            tenant: {
              tenant_id: string;
              /** @enum {string} */
              status:
                | 'pending_payment'
                | 'provisioning'
                | 'active'
                | 'provisioning_failed'
                | 'suspended'
                | 'cancelled'
                | 'expired'
                | 'erased';
              email_verified: boolean;
              paid: boolean;
              checkout_url: string | null;
              message: string;
              /** @enum {string} */
              next: 'pay' | 'verify_email' | 'wait' | 'log_in' | 'contact_support' | 'start_again' | 'nothing';
              compensated: boolean;
              /** Format: date-time */
              gives_up_at: string | null;
              progress: {
                /** @enum {string} */
                state: 'waiting' | 'running' | 'retrying' | 'undoing' | 'done' | 'failed';
                seconds_elapsed: number;
                /** Format: date-time */
                next_attempt_at: string | null;
                /** @enum {string|null} */
                waits_for: 'supplier_down' | 'supplier_busy' | 'our_account' | null;
                steps: {
                  name: string;
                  title: string;
                  /** @enum {string} */
                  state: 'waiting' | 'running' | 'retrying' | 'done' | 'failed' | 'undone';
                  attempts: number;
                }[];
              } | null;
            } | null;
          };
        };
      };
    };
  };
  OnboardingController_status: {
    parameters: {
      query?: never;
      header?: never;
      path: {
        tenantId: string;
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
            tenant_id: string;
            /** @enum {string} */
            status:
              | 'pending_payment'
              | 'provisioning'
              | 'active'
              | 'provisioning_failed'
              | 'suspended'
              | 'cancelled'
              | 'expired'
              | 'erased';
            email_verified: boolean;
            paid: boolean;
            checkout_url: string | null;
            message: string;
            /** @enum {string} */
            next: 'pay' | 'verify_email' | 'wait' | 'log_in' | 'contact_support' | 'start_again' | 'nothing';
            compensated: boolean;
            /** Format: date-time */
            gives_up_at: string | null;
            progress: {
              /** @enum {string} */
              state: 'waiting' | 'running' | 'retrying' | 'undoing' | 'done' | 'failed';
              seconds_elapsed: number;
              /** Format: date-time */
              next_attempt_at: string | null;
              /** @enum {string|null} */
              waits_for: 'supplier_down' | 'supplier_busy' | 'our_account' | null;
              steps: {
                name: string;
                title: string;
                /** @enum {string} */
                state: 'waiting' | 'running' | 'retrying' | 'done' | 'failed' | 'undone';
                attempts: number;
              }[];
            } | null;
          };
        };
      };
    };
  };
  OnboardingController_events: {
    parameters: {
      query?: never;
      header?: never;
      path: {
        tenantId: string;
      };
      cookie?: never;
    };
    requestBody?: never;
    responses: {
      200: {
        headers: {
          [name: string]: unknown;
        };
        content?: never;
      };
    };
  };
  AuthController_login: {
    parameters: {
      query?: never;
      header?: never;
      path?: never;
      cookie?: never;
    };
    requestBody: {
      content: {
        'application/json': {
          email: string;
          password: string;
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
            access_token: string;
            /** @enum {string} */
            token_type: 'Bearer';
            expires_in: number;
            tenant_id: string;
            role: string;
          };
        };
      };
    };
  };
  AuthController_refresh: {
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
            access_token: string;
            /** @enum {string} */
            token_type: 'Bearer';
            expires_in: number;
            tenant_id: string;
            role: string;
          };
        };
      };
    };
  };
  AuthController_logout: {
    parameters: {
      query?: never;
      header?: never;
      path?: never;
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
  AuthController_publicKeys: {
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
        content?: never;
      };
    };
  };
  PasswordResetController_forgot: {
    parameters: {
      query?: never;
      header?: never;
      path?: never;
      cookie?: never;
    };
    requestBody: {
      content: {
        'application/json': {
          /** Format: email */
          email: string;
        };
      };
    };
    responses: {
      202: {
        headers: {
          [name: string]: unknown;
        };
        content: {
          'application/json': {
            message: string;
          };
        };
      };
    };
  };
  PasswordResetController_reset: {
    parameters: {
      query?: never;
      header?: never;
      path?: never;
      cookie?: never;
    };
    requestBody: {
      content: {
        'application/json': {
          token: string;
          password: string;
        };
      };
    };
    responses: {
      204: {
        headers: {
          [name: string]: unknown;
        };
        content?: never;
      };
    };
  };
  WizardController_status: {
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
            steps: {
              account_created: boolean;
              sample_query_run: boolean;
              first_document_uploaded: boolean;
              first_real_query_run: boolean;
            };
            completion_percentage: number;
            /** @enum {string} */
            next_step: 'run_sample_query' | 'upload_document' | 'query_your_document' | 'complete';
          };
        };
      };
    };
  };
  WizardController_steps: {
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
        content?: never;
      };
    };
  };
  WizardController_sampleQuery: {
    parameters: {
      query?: never;
      header?: never;
      path?: never;
      cookie?: never;
    };
    requestBody: {
      content: {
        'application/json': {
          query?: string;
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
            answer: string;
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
            message: string;
          };
        };
      };
    };
  };
  WizardController_uploadDocument: {
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
      200: {
        headers: {
          [name: string]: unknown;
        };
        content: {
          'application/json': {
            /** @enum {boolean} */
            success: true;
            chunks_created: number;
            document_id: string;
            state: string;
            message: string;
          };
        };
      };
    };
  };
  WizardController_complete: {
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
            message: string;
            time_to_activate_minutes: number;
          };
        };
      };
    };
  };
  WizardController_advanced: {
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
            chunking: {
              current: string;
              options: string[];
              description: string;
            };
            embedding_model: {
              current: string;
              options: string[];
              description: string;
            };
          };
        };
      };
    };
  };
  PrivacyController_delete: {
    parameters: {
      query?: never;
      header?: never;
      path?: never;
      cookie?: never;
    };
    requestBody: {
      content: {
        'application/json': {
          password: string;
        };
      };
    };
    responses: {
      202: {
        headers: {
          [name: string]: unknown;
        };
        content: {
          'application/json': {
            status: string;
            message: string;
          };
        };
      };
    };
  };
  PrivacyController_export: {
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
        content?: never;
      };
    };
  };
}
