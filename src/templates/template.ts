/**
 * Go's text/template, with the functions of Oathkeeper, over a session.
 *
 * Takes       a source, once, when rules are loaded; a session for each rendering. Byte strings in and out.
 * Gives       the text that Go would print.
 * Fails with  a TemplateSyntaxError, thrown when the source does not parse; internal_server_error with
 *             Go's message when rendering fails.
 * Limits      source, output and any intermediate text 1 MiB, 1000 nested template calls, a million iterations.
 */
import { type Failure, failure } from '../model/failure.ts'
import type { Session } from '../model/session.ts'
import { type Compiled, compile } from './compile/compiler.ts'
import type { Frame } from './compile/frame.ts'
import { maxDepth, maxSteps } from './compile/limits.ts'
import { isExecutionError } from './compile/location.ts'
import { functionsFor } from './functions/index.ts'
import { loadHashes } from './functions/secrets.ts'
import { isCallError } from './go/call-error.ts'
import { beginRendering, endRendering } from './go/rendering.ts'
import { sessionPointer } from './go/session.ts'
import { maxText } from './go/size.ts'
import { loadExpressions } from './text/expression.ts'

export interface Template {
  readonly source: string
  readonly render: (session: Session) => string | Failure
}

/**
 * A branch of an `if`, `with` or `range` that is about to be taken: of `else`, also where none is written, or of the
 * other. `position`: of the condition, a byte offset into the source.
 */
export type OnBranch = (source: string, position: number, isElse: boolean) => void

export interface TemplateOptions {
  /** Allowed functions with access to the outside of the request. */
  readonly allow?: readonly string[]
  /** A value that is missing or empty fails, wherever it is used. */
  readonly refusesEmpty?: boolean
  readonly onBranch?: OnBranch
}

/** The template's name in messages. */
const name = 'template'

export function compileTemplate(source: string, options: TemplateOptions = {}): Template {
  const { allow = [], refusesEmpty = false, onBranch } = options
  if (source.length > maxText) throw templateTooLong()
  for (const [named, load] of libraries) if (named.test(source)) load()
  const { main, constant } = compile({
    name,
    source,
    functions: functionsFor(allow),
    refusesEmpty,
    onBranch: onBranch && ((position, isElse) => onBranch(source, position, isElse)),
  })
  if (constant !== undefined) return { source, render: () => constant }
  return { source, render: session => guarded(main, session) }
}

/** Loaded with the template, so that no request waits for them. */
const libraries: readonly (readonly [RegExp, () => unknown])[] = [
  [/regex/i, loadExpressions],
  [/bcrypt|htpasswd/, loadHashes],
]

function templateTooLong(): Error {
  const error = new Error(`template: ${name}:1: the template is longer than 1 MiB`)
  error.name = 'TemplateSyntaxError'
  return error
}

type Main = Compiled['main']

function guarded(main: Main, session: Session): string | Failure {
  beginRendering()
  try {
    return run(main, session)
  } catch (error) {
    const message = messageOf(error)
    if (message === undefined) throw error
    return failure('internal_server_error', { message })
  } finally {
    endRendering()
  }
}

/** Go's message; undefined for an unexpected error, which is a bug. */
function messageOf(error: unknown): string | undefined {
  if (isExecutionError(error)) return error.message
  if (isCallError(error)) return `template: ${name}: ${error.message}`
  return error instanceof RangeError ? tooLarge : undefined
}

/** Used when the stack overflows below our own limits. */
const tooLarge = `template: ${name}: exceeded maximum template depth (${maxDepth}) or length`

const noVariables: Frame['variables'] = []

function run({ exec, slots }: Main, session: Session): string {
  const dot = sessionPointer(session)
  const variables = slots === 1 ? noVariables : new Array<Frame['dot']>(slots)
  const frame: Frame = {
    dot,
    boxed: false,
    root: dot,
    variables,
    depth: 0,
    steps: maxSteps,
    out: '',
  }
  exec(frame)
  return frame.out
}
