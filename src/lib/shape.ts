/** Tests of the form of JSON that another program wrote. undefined: the member is absent. */
import { isJsonObject, type JsonValue } from './json.ts'

export type Is = (value: JsonValue | undefined) => boolean

export const isText: Is = value => typeof value === 'string'
export const isNumber: Is = value => typeof value === 'number'
export const isNull: Is = value => value === null
export const either =
  (one: Is, other: Is): Is =>
  value =>
    one(value) || other(value)
export const listOf =
  (is: Is): Is =>
  value =>
    Array.isArray(value) && value.every(is)
export const mapOf =
  (is: Is): Is =>
  value =>
    isJsonObject(value) && Object.values(value).every(is)
