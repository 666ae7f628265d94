/** What handlers gave when the decision was made, found again by what they are and by what they got. */
import type {
  RecordedFailure,
  RecordedStep,
  SessionChanges,
  ValuesByName,
} from '../../capsule/format.ts'
import { bytesOf } from '../../lib/bytes.ts'
import { isJsonObject, type JsonObject, type JsonValue, toByteStrings } from '../../lib/json.ts'
import {
  type Failure,
  type FailureCode,
  failureStatus,
  type TokenError,
} from '../../model/failure.ts'
import type { HeaderMap } from '../../model/headers.ts'
import { type Session, withEdits, withSession } from '../../model/session.ts'
import { leftOut } from './request.ts'

export interface Recorded {
  readonly step: RecordedStep
  /** How many handlers before it had changed the session. */
  readonly before: number
}

export interface RecordedSteps {
  readonly steps: readonly Recorded[]
  /** What handlers changed, a text each. */
  readonly changes: readonly string[]
}

export function withHistory(steps: readonly RecordedStep[]): RecordedSteps {
  const changes: string[] = []
  const recorded = steps.map(step => {
    const before = changes.length
    if (step.changes !== undefined) changes.push(JSON.stringify(step.changes))
    return { step, before }
  })
  return { steps: recorded, changes }
}

/** undefined: the step did not fail, or with a code that does not exist. */
export function failureOf({ outcome, failure }: RecordedStep): Failure | undefined {
  if (failure === undefined || !Object.hasOwn(failureStatus, outcome)) return undefined
  const { refusal, token_error: tokenError } = failure
  return {
    kind: 'failure',
    code: outcome as FailureCode,
    info: infoOf(failure),
    ...(refusal ? { isRefusal: true } : {}),
    ...tokenErrorOf(tokenError),
  }
}

function infoOf({ message, reason, details, for_clients, headers }: RecordedFailure) {
  return {
    message: bytesOf(message),
    ...(reason === undefined ? {} : { reason: bytesOf(reason) }),
    ...(isJsonObject(details) ? { details: toByteStrings(details) as JsonObject } : {}),
    ...(for_clients ? { isForClients: true as const } : {}),
    ...(headers === undefined ? {} : { headers: headersOf(headers) }),
  }
}

function tokenErrorOf(found: JsonValue | undefined): { readonly tokenError?: TokenError } {
  if (!isJsonObject(found)) return {}
  const { error, scopes } = found
  if (error === 'invalid_token') return { tokenError: { error } }
  return error === 'insufficient_scope' && Array.isArray(scopes)
    ? { tokenError: { error, scopes: scopes.map(scope => bytesOf(String(scope))) } }
    : {}
}

const headersOf = (values: Readonly<Record<string, readonly string[] | null>>): HeaderMap =>
  new Map(
    Object.entries(values).map(
      ([name, list]) => [bytesOf(name), (list ?? [leftOut]).map(bytesOf)] as const,
    ),
  )

/** The session with the changes that were recorded. What was left out is `***`, or null in `extra`. */
export function changed(session: Session, changes: SessionChanges | undefined): Session {
  if (changes === undefined) return session
  const { subject, extra, headers, response, query, credential } = changes
  const next = withSession(session, {
    ...(subject === undefined ? {} : { subject: bytesOf(subject ?? leftOut) }),
    ...(extra === undefined ? {} : { extra: toByteStrings(extra) as JsonObject | null }),
    ...(headers === undefined ? {} : { headers: changedHeaders(session.headers, headers) }),
    ...(credential === undefined ? {} : { credential }),
  })
  if (response === undefined && query === undefined) return next
  return withEdits(next, edits => ({
    ...(response === undefined ? {} : { response: headersOf(response) }),
    ...(query === undefined
      ? {}
      : {
          query: {
            ...edits.query,
            set: new Map(
              Object.entries(query).map(
                ([name, value]) => [bytesOf(name), bytesOf(value ?? leftOut)] as const,
              ),
            ),
          },
        }),
  }))
}

function changedHeaders(before: HeaderMap | null, changes: ValuesByName | null): HeaderMap | null {
  if (changes === null) return null
  const headers = new Map(before)
  for (const [name, values] of headersOf(changes)) {
    if (values.length === 0) headers.delete(name)
    else headers.set(name, values)
  }
  return headers
}
