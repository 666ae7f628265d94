import { textOf } from '../../lib/bytes.ts'
import type { Allow, Decision, Deny } from '../../model/decision.ts'
import { ownHeaders } from '../../model/session.ts'
import type { LambdaRequest } from './event.ts'

/** Values that API Gateway can map to headers, for example `$context.authorizer.x_user`. */
export type AuthorizerContext = Readonly<Record<string, string>>

export interface Policy {
  readonly principalId: string
  readonly policyDocument: {
    readonly Version: '2012-10-17'
    readonly Statement: readonly [
      {
        readonly Action: 'execute-api:Invoke'
        readonly Effect: 'Allow' | 'Deny'
        readonly Resource: string
      },
    ]
  }
  readonly context?: AuthorizerContext
}

export interface SimpleAnswer {
  readonly isAuthorized: boolean
  readonly context?: AuthorizerContext
}

export type LambdaAnswer = Policy | SimpleAnswer

/** Longest ARN in a policy. */
const longestArn = 512

/**
 * Converts a decision to the authorizer's answer. The policy names only the method and path that were decided, so a
 * cached policy denies all others.
 *
 * Throws an Error `Unauthorized` for a 401 (REST APIs), and another Error for a failure of the server, which API
 * Gateway answers with 500. Both deny the request.
 */
export function renderLambda(decision: Decision, { arn, simple }: LambdaRequest): LambdaAnswer {
  if (decision.kind === 'deny' && decision.reply.status >= 500) throw new Error('Internal error')
  if (simple) return simpleAnswer(decision)
  if (arn.length > longestArn) throw new Error('Internal error')
  if (decision.kind === 'allow') return allowed(decision, arn)
  if (isUnauthorized(decision)) throw new Error('Unauthorized')
  return policy('denied', 'Deny', arn)
}

/** API Gateway cannot send a redirect to a login page: it becomes a 401. */
const isUnauthorized = ({ reply, failure }: Deny): boolean =>
  reply.status === 401 || (reply.status < 400 && failure.code === 'unauthorized')

const simpleAnswer = (decision: Decision): SimpleAnswer =>
  decision.kind === 'allow'
    ? { isAuthorized: true, context: contextOf(decision) }
    : { isAuthorized: false }

const allowed = (decision: Allow, arn: string): Policy => ({
  ...policy(textOf(decision.session.subject) || 'anonymous', 'Allow', arn),
  context: contextOf(decision),
})

const policy = (principalId: string, effect: 'Allow' | 'Deny', arn: string): Policy => ({
  principalId,
  policyDocument: {
    Version: '2012-10-17',
    Statement: [{ Action: 'execute-api:Invoke', Effect: effect, Resource: arn }],
  },
})

/**
 * Headers for the client stand under `response_` and their name, because only an integration's mapping can set them;
 * further cookies under `response_set_cookie_2`, and so on.
 */
function answered({ changes }: Allow): AuthorizerContext {
  const context: Record<string, string> = {}
  for (const [name, values] of changes.response) {
    values.forEach((value, i) => {
      context[`response_${keyOf(name)}${i === 0 ? '' : `_${i + 1}`}`] = textOf(value)
    })
  }
  return context
}

/** An owned header that the rule did not set becomes an empty value, which replaces the client's header when mapped. */
function contextOf(allow: Allow): AuthorizerContext {
  const { session, changes, rule } = allow
  const context: Record<string, string> = {}
  for (const name of changes.remove) context[keyOf(name)] = ''
  for (const [name, [value = '']] of ownHeaders(session)) context[keyOf(name)] = textOf(value)
  return { ...context, ...answered(allow), subject: textOf(session.subject), rule: textOf(rule) }
}

/** `X-User-Id` to `x_user_id`. */
const keyOf = (header: string): string => header.toLowerCase().replace(/[^a-z0-9]/g, '_')
