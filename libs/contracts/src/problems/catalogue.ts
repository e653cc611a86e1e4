/**
 * Every code a caller can meet: HTTP status and public text. A code never changes its meaning; texts may be improved.
 * Internals stay in the log under the request id.
 */
export const problems = {
  // Everywhere
  invalid_request: { status: 400, title: 'The request is not valid. See `errors` for each field.' },
  malformed_json: { status: 400, title: 'The body is not valid JSON.' },
  unsupported_media_type: { status: 415, title: 'This content type is not supported here.' },
  payload_too_large: { status: 413, title: 'The request is larger than allowed.' },
  not_found: { status: 404, title: 'There is nothing here.' },
  method_not_allowed: { status: 405, title: 'This method is not allowed here.' },
  rate_limited: { status: 429, title: 'Too many requests. Please wait and try again.' },
  unauthorized: { status: 401, title: 'Please log in or send a valid key.' },
  token_expired: { status: 401, title: 'The session has run out. Refresh it or log in again.' },
  forbidden: { status: 403, title: 'You may not do this.' },
  unavailable: { status: 503, title: 'We cannot answer this right now. Please try again shortly.' },
  upstream_unavailable: { status: 502, title: 'A part of the service is not answering. Please try again shortly.' },
  timed_out: { status: 504, title: 'This took too long and was stopped. Please try again.' },
  internal_error: { status: 500, title: 'Something went wrong on our side. We were told about it.' },

  // Signup
  email_already_registered: { status: 400, title: 'Email already registered. Try logging in instead.' },
  signup_limit_reached: { status: 429, title: 'Too many signups for this email today. Try again tomorrow, or log in.' },
  email_domain_refused: { status: 400, title: 'Please use an address that lasts, such as the one you work with.' },
  captcha_failed: { status: 400, title: 'The CAPTCHA was not solved. Please try it once more.' },
  captcha_unavailable: { status: 503, title: 'The CAPTCHA service is not answering. Please try again shortly.' },
  terms_not_accepted: { status: 400, title: 'Please accept the terms of service.' },
  unknown_tenant: { status: 404, title: 'We do not know this signup.' },
  code_wrong: { status: 400, title: 'This code is not right. Check the mail and try again.' },
  code_expired: { status: 400, title: 'This code has run out. Ask for a new one.' },
  code_tries_used_up: { status: 429, title: 'Too many wrong codes. Ask for a new one.' },
  resend_too_soon: { status: 429, title: 'A code was sent a moment ago. Please wait before asking again.' },
  signup_closed: { status: 409, title: 'This signup is closed. Please start again.' },
  credentials_wrong: { status: 401, title: 'Email or password is not right.' },
  password_wrong: { status: 403, title: 'This password is not right.' },
  reset_link_invalid: { status: 400, title: 'This link was used before or has run out. Ask for a new one.' },
  login_locked: { status: 429, title: 'Too many failed logins. Please wait and try again.' },
  refresh_token_invalid: { status: 401, title: 'The session is not valid any more. Please log in again.' },
  refresh_token_reused: {
    status: 401,
    title: 'This session was ended for safety, because an old token was used again.',
  },
  tenant_not_active: { status: 403, title: 'The account is not active yet.' },
  setup_incomplete: { status: 400, title: 'Complete all setup steps first.' },

  // Billing
  webhook_signature_invalid: { status: 400, title: 'The signature is not valid.' },
  webhook_payload_invalid: { status: 400, title: 'The payload is not an event we can read.' },
  no_subscription: { status: 404, title: 'There is no subscription yet. Complete the payment first.' },
  billing_portal_unavailable: {
    status: 503,
    title: 'The billing page cannot be opened right now. Nothing has changed; please try again shortly.',
  },
  checkout_unavailable: {
    status: 503,
    title: 'The checkout cannot be opened right now. Your signup is safe; please try again shortly.',
  },

  // Workspace
  workspace_not_open: { status: 403, title: 'This workspace is not open.' },
  quota_queries_exceeded: {
    status: 429,
    title: 'All questions of this period are used. Upgrade the plan or wait for the next period.',
  },
  quota_documents_exceeded: {
    status: 403,
    title: 'The plan’s number of documents is reached. Delete some or upgrade the plan.',
  },
  quota_api_keys_exceeded: {
    status: 403,
    title: 'The plan’s number of API keys is reached. Revoke one or upgrade the plan.',
  },
  api_key_already_shown: {
    status: 409,
    title: 'This key was shown before and cannot be shown again. Rotate it to get a new one.',
  },
  question_failed: {
    status: 502,
    title: 'The question could not be answered right now. It was not counted; please try again.',
  },
  questions_unavailable: {
    status: 503,
    title: 'Questions cannot be answered for the moment. This one was not counted; please come back a little later.',
  },
  document_too_large: { status: 413, title: 'The document is larger than 10 MB. Split it or save it smaller.' },
  document_missing: { status: 400, title: 'No document was sent. Attach one in the field `file`.' },
  document_empty: {
    status: 422,
    title: 'The document holds no text we can read. A scan needs text recognition first.',
  },
  document_type_unsupported: { status: 415, title: 'Please send PDF, TXT, MD, DOCX or HTML.' },
  document_type_mismatch: {
    status: 415,
    title: 'The content does not fit the file’s ending. Save it again in the right format.',
  },
  document_encrypted: { status: 422, title: 'The document is protected by a password. Save a copy without it.' },
  document_unreadable: {
    status: 422,
    title: 'The document is damaged or cannot be read. Open it, save it again and retry.',
  },
  document_too_complex: {
    status: 422,
    title: 'The document takes too long or too much memory to read. Split it or save it as text.',
  },
  document_indexing_failed: {
    status: 502,
    title: 'The document could not be made searchable. It does not count; please upload it again.',
  },
  document_not_found: { status: 404, title: 'There is no such document.' },
  api_key_not_found: { status: 404, title: 'There is no such key.' },

  // Operators
  message_not_found: { status: 404, title: 'There is no such message.' },
  message_not_failed: { status: 409, title: 'Only a mail that failed can be sent again.' },
  run_not_open: { status: 409, title: 'This run is over: there is nothing to resume.' },
  run_at_work: { status: 409, title: 'A worker is on this run right now. Look again in a moment.' },
  run_abandoned: { status: 409, title: 'This tenant was given up: what was built is being taken away.' },
  tenant_already_active: { status: 409, title: 'This tenant is provisioned. End the subscription instead.' },
  money_given_back: {
    status: 409,
    title: 'The money is going back or is back already. Lead the customer to a new checkout.',
  },
  ticket_not_found: { status: 404, title: 'There is no such ticket.' },
  operator_not_found: { status: 404, title: 'There is no such operator.' },
  operator_read_only: { status: 403, title: 'Your account may look, not act. Ask an operator to do this.' },
  operator_token_invalid: { status: 401, title: 'The operator token is not valid.' },
  rebuild_running: { status: 409, title: 'The numbers are being rebuilt already. Please wait for that to finish.' },
  dead_letter_not_found: { status: 404, title: 'There is no such dead letter.' },
  nothing_to_reconcile: {
    status: 409,
    title: 'No payment page of this tenant is open, so there is nothing to look for.',
  },
  dead_letter_failed_again: { status: 409, title: 'It failed again, so it stays a dead letter.' },
} as const satisfies Record<string, { status: number; title: string }>;

export type ProblemCode = keyof typeof problems;
