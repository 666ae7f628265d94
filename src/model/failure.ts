import type { JsonObject } from '../lib/json.ts'
import type { HeaderMap } from './headers.ts'

/** Failure code to HTTP status. Codes are public: docs/errors.md lists them. */
export const failureStatus = {
  bad_request: 400,
  unauthorized: 401,
  forbidden: 403,
  not_found: 404,
  content_too_large: 413,
  uri_too_long: 414,
  too_many_requests: 429,
  headers_too_large: 431,
  client_closed_request: 499,
  internal_server_error: 500,
  bad_gateway: 502,
  service_unavailable: 503,
  gateway_timeout: 504,
} as const

export type FailureCode = keyof typeof failureStatus

export interface FailureInfo {
  readonly message: string
  readonly reason?: string
  readonly details?: JsonObject
  /** The message is meant for clients, and shown where others are not. */
  readonly isForClients?: true
  /** The rate-limit headers of a 429. */
  readonly headers?: HeaderMap
}

/** What is wrong with a token, as a challenge says it (RFC 6750 §3.1). `scopes`: all that are missing. */
export type TokenError =
  | { readonly error: 'invalid_token' }
  | { readonly error: 'insufficient_scope'; readonly scopes: readonly string[] }

/** An expected "no": returned, never thrown. `info` is what the json handler may show; `cause` is for logs only. */
export interface Failure {
  readonly kind: 'failure'
  readonly code: FailureCode
  readonly info: FailureInfo
  readonly cause?: unknown
  /** For a challenge, where it is not simply a refusal. */
  readonly tokenError?: TokenError
  /** The credential itself was refused (not: could not be checked), so that another authenticator may be asked. */
  readonly isRefusal?: true
}

export const failure = (code: FailureCode, info: FailureInfo, cause?: unknown): Failure => ({
  kind: 'failure',
  code,
  info,
  cause,
})

/** A 401 because the credential itself is malformed, expired, forged or for someone else. */
export const refusedCredential = (info: FailureInfo, cause?: unknown): Failure => ({
  ...failure('unauthorized', info, cause),
  isRefusal: true,
})

/** The messages that Oathkeeper sends in verbose mode. */
export const message = {
  unauthorized: 'Access credentials are invalid',
  forbidden: 'Access credentials are not sufficient to access this resource',
  noRule: 'Requested url does not match any rules',
  severalRules: 'Expected exactly one rule but found multiple rules',
  internal: 'An internal server error occurred, please contact the system administrator',
} as const
