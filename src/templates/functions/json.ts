import { fixed } from '../go/callable.ts'
import { encodeValue } from '../go/json.ts'
import type { FunctionGroup } from './function.ts'

export const json: FunctionGroup = {
  toJson: fixed(['any'], value => encodeValue(value) ?? ''),
}
