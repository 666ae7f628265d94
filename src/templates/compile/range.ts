/** Compiles `range` over lists, maps and integers. */

import { textOfValue } from '../fmt/print-value.ts'
import { entryOf, itemsOf, sizeOf, sortedKeysOf } from '../go/collections.ts'
import { kinded, typeName } from '../go/kind.ts'
import { type GoList, type GoMap, go, int, type Value, type ValueMap } from '../go/value.ts'
import type { BranchNode, Operand } from '../syntax/nodes.ts'
import { breaks, type Exec, type Frame, proceed, type Signal } from './frame.ts'
import { lastNode } from './last-node.ts'
import { spend } from './limits.ts'
import { executionError } from './location.ts'
import type { Scope } from './scope.ts'

/** Passed in, because lists of statements contain loops. */
interface Compilers {
  readonly body: (scope: Scope, node: BranchNode) => Exec
  readonly otherwise: (scope: Scope, node: BranchNode) => Exec
}

interface Loop {
  readonly scope: Scope
  readonly node: BranchNode
  /** The node that errors about the collection name. */
  readonly at: Operand
  readonly body: Exec
  /** The slots of the variables for key and element, if there are any. */
  readonly key: number | undefined
  readonly element: number | undefined
}

export function compileRange(scope: Scope, node: BranchNode, compilers: Compilers): Exec {
  const collection = scope.pipeline(scope, node.pipe)
  const slots = node.pipe.variables.map(({ slot }) => slot)
  const loop: Loop = {
    scope,
    node,
    at: lastNode(node.pipe),
    body: compilers.body({ ...scope, dotIsSession: false }, node),
    key: slots.length > 1 ? slots[0] : undefined,
    element: slots.at(-1),
  }
  const otherwise = compilers.otherwise(scope, node)
  return frame => (iterate(loop, frame, collection(frame)) ? proceed : otherwise(frame))
}

/** False when the collection was empty. */
function iterate(loop: Loop, frame: Frame, collection: Value): boolean {
  const it = kinded(collection)
  switch (it.kind) {
    case 'nil':
      return false
    case 'list':
      return overList(loop, frame, it.value)
    case 'map':
      return overMap(loop, frame, it.value)
    case 'int':
      return overInt(loop, frame, it.value.value)
    default:
      throw fail(loop, `range can't iterate over ${shown(collection)}`)
  }
}

const fail = ({ scope, at }: Loop, message: string): Error =>
  executionError(scope.context, at, message)

const shown = (value: Value): string => {
  const it = kinded(value)
  return textOfValue(it.kind === 'pointer' ? { ...it.value, [go]: 'struct' } : value)
}

const isJson = (collection: Value): boolean =>
  /^(?:\[\]|map\[string\])interface \{\}$/.test(typeName(collection))

/** Runs the body with each element as dot; ends at a `break`. */
function each(loop: Loop, frame: Frame, pairs: Iterable<readonly [Value, Value]>): void {
  const place = { context: loop.scope.context, node: loop.node.pipe }
  for (const [key, element] of pairs) {
    spend(frame, 1, place)
    if (loop.element !== undefined) frame.variables[loop.element] = element
    if (loop.key !== undefined) frame.variables[loop.key] = key
    frame.dot = element
    const signal: Signal = loop.body(frame)
    if (signal === breaks) return
  }
}

function loopOver(loop: Loop, frame: Frame, pairs: Iterable<readonly [Value, Value]>): void {
  const { dot } = frame
  each(loop, frame, pairs)
  frame.dot = dot
}

function boxedLoop(frame: Frame, boxed: boolean, run: () => void): true {
  const outer = frame.boxed
  frame.boxed = boxed
  run()
  frame.boxed = outer
  return true
}

function* listPairs(items: readonly Value[]): Generator<readonly [Value, Value]> {
  for (let i = 0; i < items.length; i++) yield [int(i), items[i]]
}

function overList(loop: Loop, frame: Frame, list: readonly Value[] | GoList): boolean {
  const items = itemsOf(list)
  if (items.length === 0) return false
  return boxedLoop(frame, isJson(list), () => loopOver(loop, frame, listPairs(items)))
}

function* mapPairs(map: ValueMap | GoMap): Generator<readonly [Value, Value]> {
  for (const key of sortedKeysOf(map)) yield [key, entryOf(map, key)]
}

function overMap(loop: Loop, frame: Frame, map: ValueMap | GoMap): boolean {
  const size = sizeOf(map)
  if (size === 0) return false
  spend(frame, size >> 3, { context: loop.scope.context, node: loop.node.pipe })
  return boxedLoop(frame, isJson(map), () => loopOver(loop, frame, mapPairs(map)))
}

function* intPairs(count: bigint): Generator<readonly [Value, Value]> {
  for (let i = 0n; i < count; i++) yield [undefined, int(i)]
}

function overInt(loop: Loop, frame: Frame, count: bigint): boolean {
  if (loop.key !== undefined) {
    throw fail(loop, `can't use ${count} to iterate over more than one variable`)
  }
  if (count <= 0n) return false
  return boxedLoop(frame, false, () => loopOver(loop, frame, intPairs(count)))
}
