import { textOfValue } from '../fmt/print-value.ts'
import { fixed } from '../go/callable.ts'
import type { FunctionGroup } from './function.ts'

export const strings: FunctionGroup = {
  toString: fixed(['any'], value => textOfValue(value)),
}
