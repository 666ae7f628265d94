import { kinded } from '../go/kind.ts'
import type { Value } from '../go/value.ts'

/** A number out of anything that looks like one, else 0; decimals are cut off. */
export function toInt(value: Value): number {
  const it = kinded(value)
  switch (it.kind) {
    case 'int':
      return Number(it.value.value)
    case 'float':
      return Math.trunc(it.value)
    case 'bool':
      return it.value ? 1 : 0
    case 'string':
      return /^[+-]?\d+$/.test(it.value) ? Number(it.value) : 0
    default:
      return 0
  }
}
