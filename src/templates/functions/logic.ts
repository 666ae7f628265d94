import { fixed } from '../go/callable.ts'
import { isTrue } from '../go/nil.ts'
import type { FunctionGroup } from './function.ts'

export const logic: FunctionGroup = {
  not: fixed(['value'], value => !isTrue(value)),
}
