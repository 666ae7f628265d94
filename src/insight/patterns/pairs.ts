/** Which rules may overlap, by their shapes. */

import type { Region } from './region.ts'
import type { MatchedRule } from './rules.ts'
import { type Shape, shapeOf } from './shape.ts'
import { createShapeIndex, type ShapeIndex } from './shape-index.ts'

/** One pattern of a rule. */
export interface Part {
  readonly rule: MatchedRule
  readonly region: Region
  readonly shape: Shape
}

export interface PartIndex {
  readonly parts: readonly Part[]
  readonly index: ShapeIndex<Part>
}

export function partIndexOf(rules: readonly MatchedRule[]): PartIndex {
  const parts = rules.flatMap(partsOfRule)
  return { parts, index: createShapeIndex(parts) }
}

export const partsOfRule = (rule: MatchedRule): readonly Part[] =>
  rule.regions.map(region => ({ rule, region, shape: shapeOf(region.url.node) }))
