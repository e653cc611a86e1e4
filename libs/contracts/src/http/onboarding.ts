import { z } from 'zod';
import { Instant } from '../events/event.js';
import { Plan } from '../plans.js';
import { StepState } from '../questions/provisioner.js';
import { TenantStatus } from '../tenant-status.js';
import { Source } from './workspace.js';

/** `POST /api/onboarding/signup` (S4.1). The password is taken as typed: any characters, 8 to 256 of them (ASVS 6.2). */
/** What a password must be before the service looks at it (ASVS 6.2). */
const NewPassword = z
  .string()
  .min(8, 'Please use at least 8 characters.')
  .max(256, 'Please use at most 256 characters.');

export const SignupRequest = z.strictObject({
  email: z.email('Please give a valid email address.').max(254),
  company_name: z
    .string()
    .trim()
    .min(1, 'Please give your company’s name.')
    .max(120)
    .refine((name) => !name.includes('\0'), 'A name cannot hold the character U+0000.'),
  password: NewPassword,
  plan: Plan.default('starter'),
  accept_terms: z.boolean(),
  captcha_token: z.string().max(2_048).optional(),
  region: z.enum(['eu', 'us']).default('us'),
});
export type SignupRequest = z.infer<typeof SignupRequest>;

export const SignupResponse = z.object({
  tenant_id: z.string(),
  status: TenantStatus,
  /** Null when billing did not answer in time: the status endpoint delivers the link as soon as there is one. */
  checkout_url: z.string().nullable(),
  message: z.string(),
});
export type SignupResponse = z.infer<typeof SignupResponse>;

export const VerifyEmailRequest = z.strictObject({
  tenant_id: z.string().max(64),
  code: z.string().regex(/^\d{6}$/, 'The code has six digits.'),
});
export const ResendCodeRequest = z.strictObject({ tenant_id: z.string().max(64) });

/** `GET /api/onboarding/tenants/:tenant_id`: no personal data, because the id alone opens it. */
export const TenantStatusResponse = z.object({
  tenant_id: z.string(),
  status: TenantStatus,
  email_verified: z.boolean(),
  paid: z.boolean(),
  checkout_url: z.string().nullable(),
  message: z.string(),
  /** What happens next and who must act: nobody is left with a bare spinner (FEATURES lesson 19). */
  next: z.enum(['pay', 'verify_email', 'wait', 'log_in', 'contact_support', 'start_again', 'nothing']),
  compensated: z.boolean(),
  /** While a paid tenant waits: when we stop trying and the money goes back by itself. */
  gives_up_at: Instant.nullable(),
  progress: z
    .object({
      state: z.enum(['waiting', 'running', 'retrying', 'undoing', 'done', 'failed']),
      seconds_elapsed: z.number(),
      next_attempt_at: Instant.nullable(),
      waits_for: z.enum(['supplier_down', 'supplier_busy', 'our_account']).nullable(),
      steps: z.array(z.object({ name: z.string(), title: z.string(), state: StepState, attempts: z.int() })),
    })
    .nullable(),
});
export type TenantStatusResponse = z.infer<typeof TenantStatusResponse>;

/** What `verify-email` and `resend-code` answer. */
export const CodeResponse = z.object({
  tenant_id: z.string(),
  status: TenantStatus,
  email_verified: z.boolean(),
  message: z.string(),
});
export type CodeResponse = z.infer<typeof CodeResponse>;

/** Back from the payment page: billing asks Stripe itself, so that nobody who paid is asked to pay again. */
export const ConfirmCheckoutRequest = z.strictObject({ session_id: z.string().regex(/^[\w-]{1,255}$/) });
export const ConfirmCheckoutResponse = z.object({
  /** `unanswered`: billing could not be asked just now; asking again later is right, paying again is not. */
  state: z.enum(['completed', 'open', 'expired', 'unknown', 'unanswered']),
  tenant: TenantStatusResponse.nullable(),
});
export type ConfirmCheckoutResponse = z.infer<typeof ConfirmCheckoutResponse>;

export const LoginRequest = z.strictObject({ email: z.string().max(254), password: z.string().max(256) });
export const LoginResponse = z.object({
  access_token: z.string(),
  token_type: z.literal('Bearer'),
  expires_in: z.int(),
  tenant_id: z.string(),
  role: z.string(),
});
export type LoginResponse = z.infer<typeof LoginResponse>;

export const ForgotPasswordRequest = z.strictObject({
  email: z.email('Please give a valid email address.').max(254),
});
/** The same for every address, so that it tells nobody who has an account. */
export const ForgotPasswordResponse = z.object({ message: z.string() });
export type ForgotPasswordResponse = z.infer<typeof ForgotPasswordResponse>;
export const ResetPasswordRequest = z.strictObject({ token: z.string().max(256), password: NewPassword });
export type ResetPasswordRequest = z.infer<typeof ResetPasswordRequest>;

/** Shapes of S4.4. */
export const WizardStatus = z.object({
  steps: z.object({
    account_created: z.boolean(),
    sample_query_run: z.boolean(),
    first_document_uploaded: z.boolean(),
    first_real_query_run: z.boolean(),
  }),
  completion_percentage: z.number(),
  next_step: z.enum(['run_sample_query', 'upload_document', 'query_your_document', 'complete']),
});
export type WizardStatus = z.infer<typeof WizardStatus>;

export const SampleQueryResponse = z.object({ answer: z.string(), sources: z.array(Source), message: z.string() });
export const UploadFirstDocumentResponse = z.object({
  success: z.literal(true),
  chunks_created: z.int(),
  document_id: z.string(),
  state: z.string(),
  message: z.string(),
});
export const CompleteSetupResponse = z.object({ message: z.string(), time_to_activate_minutes: z.int() });

/** What can be set beyond the defaults, and to what (F2). */
const Choice = z.object({ current: z.string(), options: z.array(z.string()), description: z.string() });
export const AdvancedSettingsResponse = z.object({ chunking: Choice, embedding_model: Choice });

export const DeleteTenantResponse = z.object({ status: z.string(), message: z.string() });

export const SampleQueryRequest = z.strictObject({ query: z.string().trim().min(1).max(2_000).optional() });
