/**
 * Selects the error handler that answers a failure. Of the rule's own handlers at most one may be responsible.
 * If none is, the first fallback handler answers whose global condition holds. An error in this selection is
 * answered with 500 and its reason is always shown, as Oathkeeper does.
 */
import { plainText, renderError } from '../handlers/errors/error-body.ts'
import { type Condition, compileWhen, type When } from '../handlers/errors/when.ts'
import type { Answer, ChallengeParts } from '../handlers/kind.ts'
import { type Failure, failure, message } from '../model/failure.ts'
import type { AccessRequest } from '../model/request.ts'
import type { Session } from '../model/session.ts'
import {
  type CompileReference,
  type HandlerProblem,
  isProblem,
  type Runnable,
} from './compiling/section.ts'
import type { WhenError } from './rule.ts'

interface ConditionalAnswer {
  readonly responsible: When
  readonly answer: Answer
}

const several =
  'Found more than one error handlers to be responsible for this request. This is a configuration error that needs to be resolved by the system administrator."'
const nobody =
  'Unable to handle HTTP request because no matching error handling strategy was found. This is a configuration error that needs to be resolved by the system administrator.'

/** The built-in JSON body. It cannot fail. */
export const builtInAnswer: Answer = (failed, request) =>
  renderError({ failure: failed, text: plainText(failed), requestId: requestIdOf(request) })

const requestIdOf = (request: AccessRequest): string | undefined =>
  request.headers.first('x-request-id')

const misconfigured = (reason: string): Answer => {
  const failed = failure('internal_server_error', { message: message.internal, reason })
  return (_, request) =>
    renderError({ failure: failed, text: failed.info, requestId: requestIdOf(request) })
}

/** Compiles the fallback list to one answer: used when no rule matched, or when no handler of the rule is responsible. */
export function createFallback(
  names: readonly string[],
  compile: CompileReference<Answer>,
): Answer {
  const answers = names.map(name => conditional(compile({ handler: name, config: null }), name))
  const rest = misconfigured(nobody)
  return guarded((failed, request, parts) => {
    const chosen = answers.find(({ responsible }) => responsible(failed, request))
    return (chosen?.answer ?? rest)(failed, request, parts)
  })
}

/** An error handler of a rule, with the condition of its entry. */
export interface OwnAnswer {
  readonly runnable: Runnable<Answer>
  readonly when?: WhenError | undefined
}

/** What the error handlers of a rule may use of the rule. */
export interface Answering {
  /** Makes what their conditions read. */
  readonly sessionFor: (request: AccessRequest) => Session
  /** What a challenge says about the rule's authenticators. */
  readonly parts: ChallengeParts | undefined
}

/** Tries the rule's own error handlers before the fallback. */
export function createAnswer(
  own: readonly OwnAnswer[],
  fallback: Answer,
  { sessionFor, parts }: Answering,
): Answer {
  if (own.length === 0) {
    return parts === undefined ? fallback : (failed, request) => fallback(failed, request, parts)
  }
  const answers = own.map(({ runnable, when }) => ({
    ...conditional(runnable, runnable.handler),
    when,
  }))
  const tooMany = misconfigured(several)
  const onlyOne = ([first, second]: readonly Answer[]): Answer =>
    second === undefined ? (first ?? fallback) : tooMany
  return guarded((failed, request) => {
    const chosen: Answer[] = []
    for (const one of answers) {
      const isUsed = isResponsible(one, { failed, request, sessionFor })
      if (typeof isUsed !== 'boolean') return builtInAnswer(isUsed, request)
      if (isUsed) chosen.push(one.answer)
    }
    return onlyOne(chosen)(failed, request, parts)
  })
}

interface Failing extends Pick<Answering, 'sessionFor'> {
  readonly failed: Failure
  readonly request: AccessRequest
}

function isResponsible(
  { responsible, when }: ConditionalAnswer & Pick<OwnAnswer, 'when'>,
  { failed, request, sessionFor }: Failing,
): boolean | Failure {
  if (!responsible(failed, request)) return false
  return when === undefined || when(failed, sessionFor(request), request)
}

function conditional(compiled: Runnable<Answer> | HandlerProblem, name: string): ConditionalAnswer {
  if (isProblem(compiled)) {
    const reason = `Fallback error handler "${name}" was requested but is disabled or unknown. ${compiled.message}`
    return { responsible: () => true, answer: misconfigured(reason) }
  }
  const { when } = compiled.config as { readonly when?: readonly Condition[] }
  return { responsible: compileWhen(when), answer: compiled.run }
}

/** When a handler throws (a bug), the caller still gets a denial. */
const guarded =
  (answer: Answer): Answer =>
  (failed, request, parts) => {
    try {
      return answer(failed, request, parts)
    } catch (bug) {
      return builtInAnswer(withCause(failed, bug), request)
    }
  }

const withCause = (failed: Failure, bug: unknown): Failure =>
  failure('internal_server_error', failed.info, bug)
