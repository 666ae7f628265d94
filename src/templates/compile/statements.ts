/** Compiles statements to closures. */
import { textOfResult } from '../fmt/printable.ts'
import { isTrue } from '../go/nil.ts'
import type { ActionNode, BranchNode, Statement, TemplateNode, TextNode } from '../syntax/nodes.ts'
import {
  breaks,
  continues,
  type Eval,
  type Exec,
  type Frame,
  proceed,
  type Signal,
} from './frame.ts'
import { maxDepth, spend, write } from './limits.ts'
import { executionError } from './location.ts'
import { literalOf } from './operand.ts'
import { compileRange } from './range.ts'
import { recordBranch } from './record-branch.ts'
import type { Scope } from './scope.ts'

/** Compiles a list of statements; adjacent constant texts are joined. */
export function compileList(scope: Scope, statements: readonly Statement[]): Exec {
  const steps = merge(statements).map(statement => compileStatement(scope, statement))
  const [only] = steps
  if (only !== undefined && steps.length === 1) return only
  return frame => {
    for (const step of steps) {
      const signal = step(frame)
      if (signal !== proceed) return signal
    }
    return proceed
  }
}

/** The text that a statement always prints; undefined when it depends on data. */
export function constantText(statement: Statement): string | undefined {
  if (statement.kind === 'text') return statement.text
  if (statement.kind !== 'action' || statement.pipe.variables.length > 0) return undefined
  const { commands } = statement.pipe
  const words = commands[0]?.words ?? []
  const literal = words[0] === undefined ? undefined : literalOf(words[0])
  if (literal === undefined || commands.length > 1 || words.length > 1) return undefined
  return textOfResult(literal.value)
}

function merge(statements: readonly Statement[]): readonly Statement[] {
  const merged: Statement[] = []
  for (const statement of statements) {
    const text = constantText(statement)
    const before = merged.at(-1)
    if (text === undefined) merged.push(statement)
    else if (before?.kind !== 'text') merged.push({ ...statement, kind: 'text', text })
    else merged[merged.length - 1] = { ...before, text: before.text + text }
  }
  return merged
}

function compileStatement(scope: Scope, statement: Statement): Exec {
  switch (statement.kind) {
    case 'text':
      return compileText(scope, statement)
    case 'action':
      return compileAction(scope, statement)
    case 'if':
      return compileIf(scope, statement)
    case 'with':
      return compileWith(scope, statement)
    case 'range':
      return compileRange(scope, statement, { body: compileBody, otherwise: compileElse })
    case 'template':
      return compileTemplateCall(scope, statement)
    case 'break':
      return signals(breaks)
    case 'continue':
      return signals(continues)
  }
}

const signals =
  (signal: Signal): Exec =>
  () =>
    signal

function compileText({ context }: Scope, { text, position }: TextNode): Exec {
  const node = { kind: 'string', position, quoted: 'text', text } as const
  const place = { context, node }
  return frame => {
    write(frame, text, place)
    return proceed
  }
}

function compileAction(scope: Scope, { pipe }: ActionNode): Exec {
  const value = scope.pipeline(scope, pipe)
  const place = { context: scope.context, node: pipe }
  const prints = pipe.variables.length === 0
  return frame => {
    const result = value(frame)
    if (prints) write(frame, textOfResult(result), place)
    return proceed
  }
}

const nothing: Exec = () => proceed

const compileBody = (scope: Scope, node: BranchNode): Exec =>
  recordBranch(scope, node, { exec: compileList(scope, node.body), isElse: false })

function compileElse(scope: Scope, node: BranchNode): Exec {
  const { otherwise } = node
  const exec = otherwise === undefined ? nothing : compileList(scope, otherwise)
  return recordBranch(scope, node, { exec, isElse: true })
}

function compileIf(scope: Scope, node: BranchNode): Exec {
  const condition = scope.pipeline(scope, node.pipe)
  const body = compileBody(scope, node)
  const otherwise = compileElse(scope, node)
  return frame => (isTrue(condition(frame)) ? body : otherwise)(frame)
}

function compileWith(scope: Scope, node: BranchNode): Exec {
  const value = scope.pipeline(scope, node.pipe)
  const body = compileBody({ ...scope, dotIsSession: false }, node)
  const otherwise = compileElse(scope, node)
  return frame => {
    const dot = value(frame)
    return isTrue(dot) ? withDot(frame, dot, body) : otherwise(frame)
  }
}

function withDot(frame: Frame, dot: Frame['dot'], body: Exec): Signal {
  const { dot: outer, boxed } = frame
  frame.dot = dot
  frame.boxed = false
  const signal = body(frame)
  frame.dot = outer
  frame.boxed = boxed
  return signal
}

const absent: Eval = () => undefined

function compileTemplateCall(scope: Scope, node: TemplateNode): Exec {
  const dot = node.pipe === undefined ? absent : scope.pipeline(scope, node.pipe)
  const place = { context: scope.context, node }
  return frame => {
    const tree = scope.trees.get(node.name)
    if (tree === undefined) throw undefinedTemplate(scope, node)
    if (frame.depth >= maxDepth) throw tooDeep(scope, node)
    spend(frame, 1, place)
    const inner = enter(frame, dot(frame), tree.slots)
    tree.exec(inner)
    frame.steps = inner.steps
    frame.out = inner.out
    return proceed
  }
}

function enter(frame: Frame, dot: Frame['dot'], slots: number): Frame {
  const variables = slots === 1 ? frame.variables : new Array<Frame['dot']>(slots)
  const depth = frame.depth + 1
  return { dot, boxed: false, root: dot, variables, depth, steps: frame.steps, out: frame.out }
}

const undefinedTemplate = (scope: Scope, node: TemplateNode): Error =>
  executionError(scope.context, node, `template ${JSON.stringify(node.name)} not defined`)

const tooDeep = (scope: Scope, node: TemplateNode): Error =>
  executionError(scope.context, node, `exceeded maximum template depth (${maxDepth})`)
