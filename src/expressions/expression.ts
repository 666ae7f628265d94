/**
 * Expressions in CEL (https://cel.dev): compiled when rules are loaded, with every name checked and the cost bounded.
 * An answer that is neither true nor false is an error, and an error denies.
 */
import type { CelInput } from '@bufbuild/cel'
import type { Expr } from '@bufbuild/cel-spec/cel/expr/syntax_pb.js'
import { type Input, type ObjectShape, stepEnvironment } from './environment.ts'
import { type Library, loadLibrary } from './library.ts'
import { type Findings, type Reads, walkExpression } from './reads.ts'
import { checkTypes } from './types.ts'
import { compileView } from './view.ts'

/** Why an expression has no answer. */
export interface ExpressionFailed {
  readonly kind: 'expression_failed'
  readonly reason: string
}

type Given = Omit<Input, 'isLooped' | 'timestamp'>

export interface Evaluate {
  (input: Given): boolean | ExpressionFailed
  /** It reads `request.body`, which only a rule with `body` has. */
  readonly readsBody: boolean
  /** Named captures without which it has no answer. */
  readonly captures: readonly string[]
}

const longestText = 4096
const mostNodes = 200
/** Loops in loops: each multiplies the steps. */
const deepest = 2

/**
 * Compiles an expression.
 *
 * Takes       a JavaScript text, and the names that it can read.
 * Gives       a function that never throws.
 * Fails with  an Error that says what was found and what is expected.
 */
export function compileExpression(
  text: string,
  environment: ObjectShape = stepEnvironment,
): Evaluate {
  if (text.length > longestText) {
    throw new Error(`found ${text.length} characters, expected at most ${longestText}`)
  }
  if (text.trim() === '') throw new Error('found an empty text, expected an expression')
  const library = loadLibrary()
  const expr = parse(library, text)
  const found = walkExpression(expr, environment)
  checkBounds(found)
  checkTypes(expr, { environment, functions: library.functions })
  checkPatterns(library, found)
  checkConstants(library, found)
  return evaluator(library, { expr, found, environment })
}

function parse({ cel }: Library, text: string): Expr {
  try {
    const { expr } = cel.parse(text)
    if (expr === undefined) throw new Error('found nothing, expected an expression')
    return expr
  } catch (error) {
    if (error instanceof RangeError) throw new Error('the expression is nested too deeply')
    throw new Error((error as Error).message.replace(/^<input>:/, 'at '))
  }
}

function checkBounds({ nodes, depth }: Findings): void {
  if (nodes > mostNodes) {
    throw new Error(`found ${nodes} parts, expected at most ${mostNodes}`)
  }
  if (depth > deepest) {
    throw new Error(`found ${depth} loops in one another, expected at most ${deepest}`)
  }
}

function checkPatterns({ compilePattern }: Library, { patterns }: Findings): void {
  for (const pattern of patterns) {
    try {
      compilePattern(pattern)
    } catch (error) {
      throw new Error(
        `matches: found "${pattern}", which RE2 does not accept: ${(error as Error).message}`,
      )
    }
  }
}

/** A call that fails whatever the request is, such as `cidr("10.0.0.0/33")`. */
function checkConstants({ cel, env }: Library, { constants }: Findings): void {
  for (const call of constants) {
    const result = cel.plan(env, call)({})
    if (cel.isCelError(result)) throw new Error(result.message)
  }
}

interface Compiled {
  readonly expr: Expr
  readonly found: Findings
  readonly environment: ObjectShape
}

function evaluator(
  { cel, env, timestamp }: Library,
  { expr, found, environment }: Compiled,
): Evaluate {
  const run = cel.plan(env, expr)
  const view = compileView(environment, found.reads)
  const isLooped = found.depth > 0
  const evaluate = ({ session, request, now, error }: Given): boolean | ExpressionFailed => {
    try {
      const bindings = view({ session, request, now, error, isLooped, timestamp })
      const answer = run(withoutPrototype(bindings as Map<string, CelInput>))
      if (typeof answer === 'boolean') return answer
      return failed(
        cel.isCelError(answer) ? answer.message : 'the answer is neither true nor false',
      )
    } catch (error) {
      return failed(error instanceof Error ? error.message : String(error))
    }
  }
  return Object.assign(evaluate, {
    readsBody: isBodyRead(found.reads),
    captures: found.captures,
  })
}

const isBodyRead = ({ members }: Reads): boolean =>
  members.get('request')?.members.has('body') === true

/** Objects without a prototype that V8 keeps as objects: those of `Object.create(null)` are slow hash tables. */
const Names = function Names() {
  // Members are added by name.
} as unknown as new () => Record<string, CelInput>
Names.prototype = Object.freeze(Object.create(null))

/** Names of `Object.prototype` are no variables. One pass: this runs for each evaluation. */
function withoutPrototype(bindings: ReadonlyMap<string, CelInput>): Record<string, CelInput> {
  const names = new Names()
  for (const [name, value] of bindings) names[name] = value
  return names
}

const failed = (reason: string): ExpressionFailed => ({ kind: 'expression_failed', reason })
