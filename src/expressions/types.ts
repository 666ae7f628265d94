/**
 * Checks the types of an expression at load, as far as they are known: the library checks them when it is evaluated.
 * The values of claims, bodies and metadata can have any type.
 */
import type { CelFunc, CelType } from '@bufbuild/cel'
import type { Constant, Expr } from '@bufbuild/cel-spec/cel/expr/syntax_pb.js'
import { nearest } from '../lib/schema/nearest.ts'
import type { ObjectShape, Shape, ValueType } from './environment.ts'
import { isTest, pathOf } from './reads.ts'

/** All functions and operators, by name. */
export type Functions = ReadonlyMap<string, readonly CelFunc[]>

export const functionsOf = (all: Iterable<CelFunc>): Functions => {
  const byName = new Map<string, CelFunc[]>()
  for (const one of all) {
    const known = byName.get(one.name)
    if (known === undefined) byName.set(one.name, [one])
    else known.push(one)
  }
  return byName
}

interface Scope {
  readonly environment: ObjectShape
  readonly functions: Functions
  /** Variables of comprehensions. */
  readonly variables: ReadonlyMap<string, ValueType>
}

/** Throws an Error where a function does not exist, a value has a type that is not taken, or the answer is not a bool. */
export function checkTypes(
  expr: Expr,
  { environment, functions }: Pick<Scope, 'environment' | 'functions'>,
): void {
  const type = typeOf(expr, { environment, functions, variables: new Map() })
  if (!fits(type, 'bool')) {
    throw new Error('found an expression of another type, expected true or false')
  }
}

const fits = (type: ValueType, expected: string): boolean =>
  type === 'dyn' || expected === 'dyn' || type === expected

function typeOf(expr: Expr, scope: Scope): ValueType {
  const path = pathOf(expr, scope.variables)
  if (path !== undefined) {
    const type = typeOfPath(scope.environment, path)
    return isTest(expr) ? 'bool' : type
  }
  const { case: kind, value } = expr.exprKind
  switch (kind) {
    case 'constExpr':
      return constantTypes[value.constantKind.case ?? 'nullValue']
    case 'identExpr':
      return scope.variables.get(value.name) ?? 'dyn'
    case 'selectExpr':
      return value.testOnly ? testOf(value, scope) : memberOf(value, scope)
    case 'callExpr':
      return typeOfCall(value, scope)
    case 'listExpr':
      for (const element of value.elements) typeOf(element, scope)
      return 'list'
    case 'structExpr':
      return typeOfStruct(value, scope)
    case 'comprehensionExpr':
      return typeOfLoop(value, scope)
    default:
      return 'dyn'
  }
}

type Kinds = Extract<Expr['exprKind'], { value: unknown }>
type KindOf<Name extends Kinds['case']> = Extract<Kinds, { case: Name }>['value']

const constantTypes: Readonly<Record<NonNullable<Constant['constantKind']['case']>, ValueType>> = {
  boolValue: 'bool',
  bytesValue: 'bytes',
  doubleValue: 'double',
  durationValue: 'google.protobuf.Duration',
  int64Value: 'int',
  nullValue: 'null_type',
  stringValue: 'string',
  timestampValue: 'google.protobuf.Timestamp',
  uint64Value: 'uint',
}

/** The names of the path were checked before. */
function typeOfPath(environment: ObjectShape, path: readonly string[]): ValueType {
  let shape: Shape = environment
  for (const [i, name] of path.entries()) {
    if (shape.kind === 'map') return typeOfMember(shape.of, path, i + 1)
    if (shape.kind === 'value') return typeOfMember(shape.type, path, i)
    const member: Shape | undefined = shape.members[name]
    if (member === undefined) return 'dyn'
    shape = member
  }
  return shape.kind === 'value' ? shape.type : 'map'
}

/** The value at `path[at - 1]` has that type; what follows are members of it. */
function typeOfMember(type: ValueType, path: readonly string[], at: number): ValueType {
  if (at === path.length) return type
  requireMembers(type, `${path[at]} of ${path.slice(0, at).join('.')}`)
  return 'dyn'
}

function requireMembers(type: ValueType, member: string): void {
  if (fits(type, 'map')) return
  throw new Error(`found the member ${member}, which is a ${shortName(type)}, expected a map`)
}

function testOf({ operand, field }: KindOf<'selectExpr'>, scope: Scope): ValueType {
  if (operand !== undefined) requireMembers(typeOf(operand, scope), `"${field}"`)
  return 'bool'
}

function memberOf(select: KindOf<'selectExpr'>, scope: Scope): ValueType {
  testOf(select, scope)
  return 'dyn'
}

function typeOfStruct({ entries, messageName }: KindOf<'structExpr'>, scope: Scope): ValueType {
  for (const { keyKind, value } of entries) {
    if (keyKind.case === 'mapKey') typeOf(keyKind.value, scope)
    if (value !== undefined) typeOf(value, scope)
  }
  return messageName === '' ? 'map' : 'dyn'
}

function typeOfLoop(loop: KindOf<'comprehensionExpr'>, scope: Scope): ValueType {
  const { iterRange, iterVar, iterVar2, accuVar, accuInit, loopCondition, loopStep, result } = loop
  const over = iterRange === undefined ? 'dyn' : typeOf(iterRange, scope)
  if (!fits(over, 'list') && !fits(over, 'map')) {
    throw new Error(`found a loop over a ${shortName(over)}, expected a list or a map`)
  }
  const variables = new Map<string, ValueType>([
    ...scope.variables,
    [iterVar, 'dyn'],
    [iterVar2, 'dyn'],
    [accuVar, accuInit === undefined ? 'dyn' : typeOf(accuInit, scope)],
  ])
  const inner = { ...scope, variables }
  for (const part of [loopCondition, loopStep]) if (part !== undefined) typeOf(part, inner)
  return result === undefined ? 'dyn' : typeOf(result, inner)
}

function typeOfCall(call: KindOf<'callExpr'>, scope: Scope): ValueType {
  const name = call.function
  const args = call.args.map(arg => typeOf(arg, scope))
  const target = call.target && typeOf(call.target, scope)
  const special = Object.hasOwn(specials, name) ? specials[name] : undefined
  return special === undefined
    ? typeOfFunction(scope.functions, { name, target, args })
    : special(args)
}

interface Called {
  readonly name: string
  /** undefined: it is not called as a method. */
  readonly target: ValueType | undefined
  readonly args: readonly ValueType[]
}

/** Operators that the library evaluates without a declared function, or whose declaration takes more than makes sense. */
const specials: Readonly<Record<string, (args: readonly ValueType[]) => ValueType>> = {
  '_&&_': args => logic('&&', args),
  '_||_': args => logic('||', args),
  '!_': args => logic('!', args),
  '_?_:_': ([condition = 'dyn', ...answers]) => {
    logic('?', [condition])
    const [yes = 'dyn', no = 'dyn'] = answers
    requireComparable(`${shortName(yes)} : ${shortName(no)}`, yes, no)
    return yes === 'dyn' ? no : yes
  },
  '_[_]': ([container = 'dyn']) => {
    if (fits(container, 'list') || fits(container, 'map')) return 'dyn'
    throw new Error(`found ${shortName(container)}[…], expected a list or a map`)
  },
  '_==_': args => equality('==', args),
  '_!=_': args => equality('!=', args),
  '@not_strictly_false': () => 'bool',
}

function logic(operator: string, args: readonly ValueType[]): ValueType {
  const wrong = args.find(arg => !fits(arg, 'bool'))
  if (wrong === undefined) return 'bool'
  throw new Error(`found a ${shortName(wrong)} at ${operator}, expected true or false`)
}

function equality(operator: string, args: readonly ValueType[]): ValueType {
  const [left = 'dyn', right = 'dyn'] = args
  requireComparable(`${shortName(left)} ${operator} ${shortName(right)}`, left, right)
  return 'bool'
}

const numbers: ReadonlySet<ValueType> = new Set(['int', 'uint', 'double'])

function requireComparable(found: string, left: ValueType, right: ValueType): void {
  if (fits(left, right) || left === 'null_type' || right === 'null_type') return
  if (numbers.has(left) && numbers.has(right)) return
  throw new Error(`found ${found}, expected values of one type`)
}

function typeOfFunction(functions: Functions, called: Called): ValueType {
  const overloads = functions.get(called.name)
  if (overloads === undefined) throw unknownFunction(functions, called.name)
  const fitting = overloads.filter(one => takes(one, called))
  if (fitting.length === 0) throw wrongArguments(overloads, called)
  const results = new Set(fitting.map(({ result }) => typeName(result)))
  const [only = 'dyn'] = results
  return results.size === 1 ? only : 'dyn'
}

const typeName = ({ name }: CelType): ValueType => name as ValueType

function takes(overload: CelFunc, { target, args }: Called): boolean {
  const { target: on, arguments: expected } = overload
  if ((on === undefined) !== (target === undefined) || expected.length !== args.length) return false
  if (on !== undefined && target !== undefined && !fits(target, on.name)) return false
  return expected.every(({ name }, i) => fits(args[i] ?? 'dyn', name))
}

function unknownFunction(functions: Functions, name: string): Error {
  const names = [...functions.keys()].filter(one => /^\w+$/.test(one) && !one.startsWith('_'))
  const meant = names.find(one => one.toLowerCase() === name.toLowerCase()) ?? nearest(name, names)
  const expected = meant === undefined ? `one of ${names.sort().join(', ')}` : `"${meant}"`
  return new Error(`found the function "${name}", expected ${expected}`)
}

function wrongArguments(overloads: readonly CelFunc[], called: Called): Error {
  const expected = overloads.map(({ name, target, arguments: args }) =>
    signature({ name, target: target && typeName(target), args: args.map(typeName) }),
  )
  return new Error(`found ${signature(called)}, expected ${[...new Set(expected)].join(' or ')}`)
}

/** `string.startsWith(string)`, `int + string`, `string in list` */
function signature({ name, target, args }: Called): string {
  const [first = '', second = ''] = args.map(shortName)
  if (name === '@in') return `${first} in ${second}`
  if (name === '-_') return `-${first}`
  const [, operator] = /^_(\W+)_$/.exec(name) ?? []
  if (operator !== undefined) return `${first} ${operator} ${second}`
  const holder = target === undefined ? '' : `${shortName(target)}.`
  return `${holder}${name}(${args.map(shortName).join(', ')})`
}

const shortName = (type: ValueType): string =>
  type === 'dyn' ? 'value' : type.replace(/^google\.protobuf\.|_type$/, '').toLowerCase()
