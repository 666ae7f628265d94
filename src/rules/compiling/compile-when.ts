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
import { type CaptureNames, missingCaptures } from './capture-names.ts'

interface Entry {
  readonly when?: string
}

interface WhenOptions {
  readonly now: () => number
  /** Of the entry, such as `mutators[1]`. */
  readonly place: string
  /** The rule has `body`. */
  readonly hasBody: boolean
  /** The names of the rule's captures. */
  readonly captures: CaptureNames
  /** Gets what is wrong with the expression. */
  readonly onProblem: (problem: string) => void
}

/** Something reads the body that the rule does not read. */
export const unreadBody = (reader: string): string =>
  `found ${reader}, expected body: { parse: json } on the rule, which reads it`

/** The compiled `when` of an entry; undefined: it has none, or a wrong one, which `onProblem` gets. */
export function whenOf(entry: Entry, options: WhenOptions): When | undefined {
  const { now, hasBody, captures, onProblem, place } = options
  const evaluate = compile(entry, stepEnvironment, options)
  if (evaluate?.readsBody && !hasBody) onProblem(`${place}.when: ${unreadBody('request.body')}`)
  reportMissing(evaluate?.captures, { captures, onProblem, place: `${place}.when` })
  return evaluate && ((session, request) => used(evaluate({ session, request, now: now() })))
}

/** As `whenOf`, of an error handler. */
export function whenErrorOf(
  entry: Entry,
  options: Omit<WhenOptions, 'hasBody'>,
): WhenError | undefined {
  const { now, captures, onProblem, place } = options
  const evaluate = compile(entry, errorEnvironment, options)
  reportMissing(evaluate?.captures, { captures, onProblem, place: `${place}.when` })
  return (
    evaluate &&
    (({ code }, session, request) => {
      const error = { code, status: failureStatus[code] }
      return used(evaluate({ session, request, now: now(), error }))
    })
  )
}

function reportMissing(
  needed: readonly string[] | undefined,
  { captures, onProblem, place }: Pick<WhenOptions, 'captures' | 'onProblem' | 'place'>,
): void {
  for (const text of missingCaptures(needed ?? [], captures)) onProblem(`${place}: ${text}`)
}

type Evaluate = ReturnType<typeof compileExpression>

/** Rules have few different expressions. */
const remember = createMemory<Evaluate>()

function compile(
  { when }: Entry,
  environment: ObjectShape,
  { place, onProblem }: Pick<WhenOptions, 'place' | 'onProblem'>,
): Evaluate | undefined {
  if (when === undefined) return undefined
  try {
    const key = `${environment === errorEnvironment} ${when}`
    return remember(key, () => compileExpression(textOf(when), environment))
  } catch (error) {
    onProblem(`${place}.when: ${(error as Error).message}`)
    return undefined
  }
}

const used = (answer: ReturnType<Evaluate>): boolean | Failure =>
  typeof answer === 'boolean'
    ? answer
    : failure('internal_server_error', {
        message: message.internal,
        reason: `when: the expression has no answer: ${answer.reason}`,
      })
