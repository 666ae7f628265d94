/**
 * cel: decides with an expression over the request and the session (https://cel.dev).
 *
 * Takes       `expression`, which is true or false.
 * Gives       the session unchanged.
 * Fails with  forbidden where it is false; internal_server_error where it has no answer, for example because a
 *             member that it reads is missing.
 */
import type { FromSchema } from 'json-schema-to-ts'
import { compileExpression } from '../../expressions/expression.ts'
import { bytesOf, textOf } from '../../lib/bytes.ts'
import { createMemory } from '../../lib/remember.ts'
import { failure, message } from '../../model/failure.ts'
import type { Kind, Step } from '../kind.ts'

const schema = {
  type: 'object',
  additionalProperties: false,
  required: ['expression'],
  properties: {
    expression: { type: 'string', description: 'The expression; it allows where it is true.' },
    message: {
      type: 'string',
      description: 'The message of the 403. Without it: that of every 403.',
    },
  },
} as const

type Config = FromSchema<typeof schema>

export const cel: Kind<Config, Step> = {
  schema,
  isCompletedByRules: true,
  readsParsedBody: ({ expression }) => compile(expression).readsBody,
  needsCaptures: ({ expression }) => compile(expression).captures,
  create: (config, { now }) => {
    const evaluate = compile(config.expression)
    const denied = failure('forbidden', {
      message: config.message ?? message.forbidden,
      reason: 'expression: it is false',
      ...(config.message === undefined ? {} : { isForClients: true }),
    })
    return (session, request) => {
      const answer = evaluate({ session, request, now: now() })
      if (answer === true) return session
      if (answer === false) return denied
      const reason = bytesOf(`expression: it has no answer: ${answer.reason}`)
      return failure('internal_server_error', { message: message.internal, reason })
    }
  },
}

/** Each question about a config reads the expression; rules have few different ones. */
const remember = createMemory<ReturnType<typeof compileExpression>>()

function compile(text: string) {
  try {
    return remember(text, () => compileExpression(textOf(text)))
  } catch (error) {
    throw new Error(`config.expression: ${(error as Error).message}`)
  }
}
