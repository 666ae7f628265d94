/** Compiles `when` of a handler: an expression over the session and the request. */
import {
  errorEnvironment,
  type ObjectShape,
  stepEnvironment,
} from '../../expressions/environment.ts'
import { compileExpression } from '../../expressions/expression.ts'
import { textOf } from '../../lib/bytes.ts'
import { createMemory } from '../../lib/remember.ts'
import { type Failure, failure, failureStatus, message } from '../../model/failure.ts'
import type { When, WhenError } from '../rule.ts'

/** The compiled `when` of an entry; undefined: it has none, or a wrong one, which `onProblem` gets. */
export function whenOf(
  { when }: { readonly when?: string },
  now: () => number,
  onProblem: (problem: string) => void,
): When | undefined {
  if (when === undefined) return undefined
  try {
    return compileWhen(when, now)
  } catch (error) {
    onProblem(`when: ${(error as Error).message}`)
    return undefined
  }
}

/** As `whenOf`, of an error handler. */
export function whenErrorOf(
  { when }: { readonly when?: string },
  now: () => number,
  onProblem: (problem: string) => void,
): WhenError | undefined {
  if (when === undefined) return undefined
  try {
    return compileWhenError(when, now)
  } catch (error) {
    onProblem(`when: ${(error as Error).message}`)
    return undefined
  }
}

type Evaluate = ReturnType<typeof compileExpression>

/** Rules have few different expressions. */
const remember = createMemory<Evaluate>()

const compile = (text: string, environment: ObjectShape): Evaluate =>
  remember(`${environment === errorEnvironment} ${text}`, () =>
    compileExpression(textOf(text), environment),
  )

/** Throws an Error that says what is wrong with the expression. */
function compileWhen(text: string, now: () => number): When {
  const evaluate = compile(text, stepEnvironment)
  return (session, request) => {
    const answer = evaluate({ session, request, now: now() })
    return typeof answer === 'boolean' ? answer : expressionFailed('when', answer.reason)
  }
}

/** As `compileWhen`, for an error handler, which also sees the failure. */
function compileWhenError(text: string, now: () => number): WhenError {
  const evaluate = compile(text, errorEnvironment)
  return ({ code }, session, request) => {
    const error = { code, status: failureStatus[code] }
    const answer = evaluate({ session, request, now: now(), error })
    return typeof answer === 'boolean' ? answer : expressionFailed('when', answer.reason)
  }
}

const expressionFailed = (key: string, reason: string): Failure =>
  failure('internal_server_error', {
    message: message.internal,
    reason: `${key}: the expression has no answer: ${reason}`,
  })
