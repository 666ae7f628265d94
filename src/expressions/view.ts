/** Makes what an expression reads of a request, and nothing else. */
import type { Input, Shape } from './environment.ts'
import type { Reads } from './reads.ts'
import { type CelData, checkLength } from './values.ts'

/** undefined: absent. */
export type MakeView = (input: Input) => CelData | undefined

/** Throws at the request when something that is read cannot be had, such as a query that cannot be decoded. */
export function compileView(shape: Shape, reads: Reads): MakeView {
  if (shape.kind === 'value') return shape.read
  if (shape.kind === 'map') return reads.isWhole ? wholeMap(shape) : membersOf(shape, reads)
  const { isThere } = shape
  const members = [...reads.members].flatMap(([name, read]) => {
    const member = shape.members[name]
    return member === undefined ? [] : [{ name, make: compileView(member, read) }]
  })
  return input => {
    if (isThere?.(input) === false) return undefined
    const view = new Map<string, CelData>()
    for (const { name, make } of members) {
      const value = make(input)
      if (value !== undefined) view.set(name, value)
    }
    return view
  }
}

type MapShape = Extract<Shape, { kind: 'map' }>

const wholeMap =
  ({ all }: MapShape): MakeView =>
  input => {
    const view = all(input)
    checkLength(view.size, input.isLooped)
    return view
  }

function membersOf({ get }: MapShape, { members }: Reads): MakeView {
  const names = [...members.keys()]
  return input => {
    const view = new Map<string, CelData>()
    for (const name of names) {
      const value = get(input, name)
      if (value !== undefined) view.set(name, value)
    }
    return view
  }
}
