/** The rules of a set, of which every handler and condition goes through `again`. */
import type { Answer } from '../../handlers/kind.ts'
import type { Awaitable } from '../../lib/awaitable.ts'
import type { Failure } from '../../model/failure.ts'
import type { Session } from '../../model/session.ts'
import type {
  AuthenticatorStep,
  AuthorizerStep,
  HandlerStep,
  PipelineStep,
  Rule,
  When,
} from '../../rules/rule.ts'
import type { RuleSet } from '../../rules/rule-set.ts'
import { type Again, conditionAgain, outcomeAgain } from './again.ts'

export interface Wrapping extends Again {
  /** Called before rules are matched, and after. */
  readonly onMatching: (isMatching: boolean) => void
  /** Of the answer in the log; undefined: the request was allowed. */
  readonly status: number | undefined
}

export const wrapRules = (rules: RuleSet, again: Wrapping): RuleSet => ({
  ...rules,
  find: (request, trace) => {
    again.missing.clear()
    again.onMatching(true)
    const found = rules.find(request, trace)
    again.onMatching(false)
    for (const what of again.missing) again.doubts.add(what)
    return found.kind === 'rule' ? wrapRule(found, again) : found
  },
  answer: wrapAnswer(rules.answer, again),
})

const wrapRule = (rule: Rule, again: Wrapping): Rule => ({
  ...rule,
  pipeline: rule.pipeline.map(step => wrapStep(step, again)),
  answer: wrapAnswer(rule.answer, again),
})

function wrapAnswer(answer: Answer, { missing, doubts, isSameSet, status }: Wrapping): Answer {
  return (failed, request, parts) => {
    missing.clear()
    const reply = answer(failed, request, parts)
    // With the same rules the log has the status, and the rest only shows that something was left out.
    if (isSameSet && reply.status === status) return reply
    for (const what of missing) doubts.add(what)
    return reply
  }
}

const wrapStep = (step: PipelineStep, again: Again): PipelineStep =>
  step.stage === 'authenticator' ? wrapAuthenticator(step, again) : wrapAuthorizer(step, again)

const wrapAuthenticator = (step: AuthenticatorStep, again: Again): AuthenticatorStep => ({
  ...step,
  run: (session, request) => outcomeAgain(again, step, { session, request }),
})

const wrapAuthorizer = (step: AuthorizerStep, again: Again): AuthorizerStep =>
  'of' in step
    ? {
        ...step,
        when: whenAgain(step, again),
        branches: step.branches.map(branch => wrapAuthorizer(branch, again)),
      }
    : wrapHandler(step, again)

const wrapHandler = (step: HandlerStep, again: Again): HandlerStep => ({
  ...step,
  when: whenAgain(step, again),
  // Only authenticators are not responsible.
  run: (session, request) =>
    outcomeAgain(again, step, { session, request }) as Awaitable<Session | Failure>,
})

const whenAgain = (step: AuthorizerStep, again: Again): When | undefined =>
  step.when === undefined ? undefined : conditionAgain(again, step, step.when)
