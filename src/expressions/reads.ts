/**
 * Walks a parsed expression once, at load: checks every name against the environment, and collects what is read, so
 * that nothing else is computed for a request.
 */
import type { Expr } from '@bufbuild/cel-spec/cel/expr/syntax_pb.js'
import { nearest } from '../lib/schema/nearest.ts'
import type { ObjectShape, Shape } from './environment.ts'

/** What is read of a shape: of an object its members, of a map its members or, with `isWhole`, all of them. */
export interface Reads {
  isWhole: boolean
  readonly members: Map<string, Reads>
}

export interface Findings {
  readonly reads: Reads
  /** Comprehensions that are nested. */
  readonly depth: number
  readonly nodes: number
  /** Patterns of `matches`. */
  readonly patterns: readonly string[]
  /** Calls with literal arguments only: they give the same for every request. */
  readonly constants: readonly Expr[]
  /** Named captures that must be there: read, and nowhere in the expression tested with `has` or `in`. */
  readonly captures: readonly string[]
}

/** Throws an Error that names what was found and what is expected. */
export function walkExpression(expr: Expr, environment: ObjectShape): Findings {
  const reads = nothingRead()
  const lists = { patterns: [], constants: [], tested: new Set<string>() }
  const walk: Walk = { environment, reads, depth: 0, nodes: 0, ...lists }
  visit(walk, expr, { names: new Set(), depth: 0 })
  const { depth, nodes, patterns, constants, tested } = walk
  const captures = reads.members.get('match')?.members.get('named')?.members.keys() ?? []
  return {
    reads,
    depth,
    nodes,
    patterns,
    constants,
    captures: [...captures].filter(one => !tested.has(one)),
  }
}

const nothingRead = (): Reads => ({ isWhole: false, members: new Map() })

interface Walk {
  readonly environment: ObjectShape
  readonly reads: Reads
  depth: number
  nodes: number
  readonly patterns: string[]
  readonly constants: Expr[]
  /** Named captures that the expression tests with `has` or `in`. */
  readonly tested: Set<string>
}

interface Scope {
  /** Variables of comprehensions. */
  readonly names: ReadonlySet<string>
  readonly depth: number
}

function visit(walk: Walk, expr: Expr | undefined, scope: Scope): void {
  if (expr === undefined) return
  walk.nodes += 1
  const path = pathOf(expr, scope.names)
  const { case: kind, value } = expr.exprKind
  if (path !== undefined) {
    visitPath(walk, path, expr)
    return
  }
  switch (kind) {
    case 'selectExpr':
      visit(walk, value.operand, scope)
      return
    case 'callExpr':
      if (isConstant(value)) walk.constants.push(expr)
      visitCall(walk, value, scope)
      return
    case 'listExpr':
      for (const element of value.elements) visit(walk, element, scope)
      return
    case 'structExpr':
      visitEntries(walk, value, scope)
      return
    case 'comprehensionExpr':
      visitLoop(walk, value, scope)
  }
}

function visitEntries(walk: Walk, { entries }: Struct, scope: Scope): void {
  for (const { keyKind, value } of entries) {
    if (keyKind.case === 'mapKey') visit(walk, keyKind.value, scope)
    visit(walk, value, scope)
  }
}

type Struct = Extract<Expr['exprKind'], { case: 'structExpr' }>['value']
type Call = Extract<Expr['exprKind'], { case: 'callExpr' }>['value']
type Loop = Extract<Expr['exprKind'], { case: 'comprehensionExpr' }>['value']

const isConstant = ({ target, args }: Call): boolean =>
  [...(target === undefined ? [] : [target]), ...args].every(
    ({ exprKind }) => exprKind.case === 'constExpr',
  )

function visitCall(walk: Walk, call: Call, scope: Scope): void {
  if (call.function === 'matches') walk.patterns.push(literalPattern(call))
  const [key, container] = call.args
  const path = container && pathOf(container, scope.names)
  const name = key && textOfConstant(key)
  // `"a" in request.headers` reads one member.
  if (call.function === '@in' && path !== undefined && name !== undefined) {
    walk.nodes += 2
    noteTested(walk, [...path, name])
    readPath(walk, [...path, name])
    return
  }
  visit(walk, call.target, scope)
  for (const arg of call.args) visit(walk, arg, scope)
}

/** `has(…)` */
export const isTest = ({ exprKind }: Expr): boolean =>
  exprKind.case === 'selectExpr' && exprKind.value.testOnly

function visitPath(walk: Walk, path: readonly string[], expr: Expr): void {
  if (isTest(expr)) noteTested(walk, path)
  readPath(walk, path)
}

function noteTested({ tested }: Walk, [object, member, name]: readonly string[]): void {
  if (object === 'match' && member === 'named' && name !== undefined) tested.add(name)
}

function literalPattern({ args }: Call): string {
  const last = args.at(-1)
  const pattern = last && textOfConstant(last)
  if (pattern !== undefined) return pattern
  throw new Error('matches: found a pattern that is computed, expected a text in quotes')
}

function visitLoop(walk: Walk, loop: Loop, scope: Scope): void {
  visit(walk, loop.iterRange, scope)
  const depth = scope.depth + 1
  walk.depth = Math.max(walk.depth, depth)
  const names = new Set([...scope.names, loop.iterVar, loop.iterVar2, loop.accuVar])
  visit(walk, loop.accuInit, scope)
  const inner = { names, depth }
  for (const part of [loop.loopCondition, loop.loopStep, loop.result]) visit(walk, part, inner)
}

const textOfConstant = ({ exprKind }: Expr): string | undefined =>
  exprKind.case === 'constExpr' && exprKind.value.constantKind.case === 'stringValue'
    ? exprKind.value.constantKind.value
    : undefined

/** The variables of comprehensions. */
interface Variables {
  has(name: string): boolean
}

/** `request.headers["x-a"]` as its names; undefined: not a path of the environment. */
export function pathOf({ exprKind }: Expr, variables: Variables): readonly string[] | undefined {
  switch (exprKind.case) {
    case 'identExpr': {
      const { name } = exprKind.value
      return variables.has(name) ? undefined : [name]
    }
    case 'selectExpr':
      return pathTo(exprKind.value.operand, exprKind.value.field, variables)
    case 'callExpr': {
      const { function: name, args } = exprKind.value
      return name === '_[_]'
        ? pathTo(args[0], args[1] && textOfConstant(args[1]), variables)
        : undefined
    }
    default:
      return undefined
  }
}

function pathTo(
  operand: Expr | undefined,
  member: string | undefined,
  variables: Variables,
): readonly string[] | undefined {
  const path = operand && pathOf(operand, variables)
  return path === undefined || member === undefined ? undefined : [...path, member]
}

/** Walks the environment along the path; what follows a map or a value is data of the request. */
function readPath({ environment, reads }: Walk, path: readonly string[]): void {
  let shape: Shape = environment
  let read = reads
  for (const [i, name] of path.entries()) {
    if (shape.kind === 'value') break
    read = readIn(read, name)
    if (shape.kind === 'map') return
    shape = memberOf(shape, path.slice(0, i + 1))
  }
  markWhole(shape, read)
}

function memberOf(shape: ObjectShape, path: readonly string[]): Shape {
  const name = path.at(-1) ?? ''
  const member = Object.hasOwn(shape.members, name) ? shape.members[name] : undefined
  if (member === undefined) throw unknownName(shape, path)
  return member
}

function markWhole(shape: Shape, read: Reads): void {
  read.isWhole = true
  if (shape.kind !== 'object') return
  for (const [name, member] of Object.entries(shape.members)) markWhole(member, readIn(read, name))
}

function readIn({ members }: Reads, name: string): Reads {
  const known = members.get(name)
  if (known !== undefined) return known
  const made = nothingRead()
  members.set(name, made)
  return made
}

function unknownName({ members }: ObjectShape, path: readonly string[]): Error {
  const names = Object.keys(members)
  const meant = nearest(path.at(-1) ?? '', names)
  const expected = meant === undefined ? `one of ${names.join(', ')}` : `"${meant}"`
  return new Error(`found the name "${path.join('.')}", expected ${expected}`)
}
