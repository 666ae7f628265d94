/** Functions that return sequences of integers. */
import { fixed, variadic } from '../go/callable.ts'
import { work } from '../go/rendering.ts'
import { checkSize } from '../go/size.ts'
import { type GoList, go, int, type Value } from '../go/value.ts'
import type { FunctionGroup } from './function.ts'

interface Row {
  readonly start: number
  readonly stop: number
  readonly step: number
}

/** From start to stop, excluding stop; empty when the step has the wrong sign. */
function numbersIn({ start, stop, step }: Row): readonly number[] {
  const towards = stop < start ? step < 0 : step > 0
  const count = towards ? Math.ceil((stop - start) / step) : 0
  work(count)
  return Array.from({ length: count }, (_, i) => start + i * step)
}

const listOf = (row: Row): GoList => ({
  [go]: 'list',
  type: '[]int',
  items: numbersIn(row).map((number): Value => int(number)),
  isNil: false,
})

/** Like the command: `seq last`, `seq first last`, `seq first step last`; includes last. */
function seq(bounds: readonly number[]): string {
  const [start = 1, ...others] = bounds.length === 1 ? [1, ...bounds] : bounds
  const stop = others.at(-1)
  if (stop === undefined || others.length > 2) return ''
  const increment = stop < start ? -1 : 1
  const step = others.length === 2 ? (others[0] ?? increment) : increment
  if (increment < 0 && step > 0) return ''
  return checkSize(numbersIn({ start, stop: stop + increment, step }).join(' '))
}

export const counting: FunctionGroup = {
  until: fixed(['int'], stop => listOf({ start: 0, stop, step: stop < 0 ? -1 : 1 })),
  untilStep: fixed(['int', 'int', 'int'], (start, stop, step) => listOf({ start, stop, step })),
  seq: variadic([], 'int', (...bounds) => seq(bounds)),
}
