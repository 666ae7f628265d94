/** `body` of a rule: the body is read whole, and must be JSON that every program reads in the same way. */
import { spellingOf } from '../../lib/header-name.ts'
import { parseStrictJson } from '../../lib/strict-json.ts'
import { type Failure, failure } from '../../model/failure.ts'
import type { Headers } from '../../model/headers.ts'
import type { AccessRequest, RequestBody } from '../../model/request.ts'
import type { Session } from '../../model/session.ts'
import type { BodyDefinition } from '../definition.ts'
import { keepBody } from '../match-context.ts'
import type { HandlerStep } from '../rule.ts'

/**
 * Runs after the authenticators, so that nobody without a credential makes us read.
 *
 * Gives       the session, whose match context has the body; without a body it stays absent.
 * Fails with  forbidden for a body that was withheld, broke off or is not such JSON; content_too_large.
 */
export const parseBodyStep = ({ maxBytes }: BodyDefinition): HandlerStep => ({
  stage: 'authorizer',
  handler: 'body',
  config: { max_bytes: maxBytes },
  asksOutside: true,
  run: (session, { body, headers }) => {
    if (body === undefined) return session
    return body.isPartial ? incomplete : readBody(session, { body, headers }, maxBytes)
  },
})

interface Sent extends Pick<AccessRequest, 'headers'> {
  readonly body: RequestBody
}

async function readBody(
  session: Session,
  { body, headers }: Sent,
  most: number,
): Promise<Session | Failure> {
  const read = await body.bytes(most).catch(brokenOff)
  if ('kind' in read) return read
  if (!read.complete) return tooLong
  if (read.bytes.length === 0) return session
  const objection = objectionTo(headers)
  if (objection !== undefined) return notJson(objection)
  const parsed = parseStrictJson(read.bytes)
  return parsed.kind === 'json' ? keepBody(session, parsed.value) : notJson(parsed.reason)
}

const incomplete = failure('forbidden', { message: 'The body is missing or incomplete' })
const tooLong = failure('content_too_large', {
  message: 'The body is longer than body.max_bytes of the rule',
})
const brokenOff = (cause: unknown): Failure => failure('forbidden', incomplete.info, cause)
const notJson = (reason: string): Failure =>
  failure('forbidden', { message: 'The body is not JSON that can be relied on', reason })

/** Every spelling counts that some server may read. */
function objectionTo(headers: Headers): string | undefined {
  const types = linesOf(headers, 'content-type')
  const [type = ''] = types
  if (types.length !== 1 || !isJson(type)) return 'the content type is not JSON'
  const isPlain = linesOf(headers, 'content-encoding').every(
    coding => coding.trim().toLowerCase() === 'identity',
  )
  return isPlain ? undefined : 'the body has a content encoding'
}

const linesOf = (headers: Headers, name: string): readonly string[] =>
  headers.valuesWhere(spellingOf(name))

const jsonType = /^(?:application\/json|[\w!#$&^.-]+\/[\w!#$&^.-]+\+json)$/i
const utf8 = /^charset="?utf-8"?$/i

/** JSON is UTF-8; a type that says otherwise is for a program that reads other characters. */
function isJson(value: string): boolean {
  const [type = '', ...parameters] = value.split(';').map(part => part.trim())
  return jsonType.test(type) && parameters.every(one => !/^charset/i.test(one) || utf8.test(one))
}
