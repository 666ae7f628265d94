/** Methods of Go's named integers. */
import { durationMethods } from '../time/duration-methods.ts'
import { method } from './callable.ts'
import { intTypes } from './int-types.ts'
import type { Callable, IntName } from './value.ts'

const textMethod = (type: IntName): Callable =>
  method<bigint, []>([], value => intTypes[type].text?.(value) ?? String(value))

export const intMethods: ReadonlyMap<IntName, ReadonlyMap<string, Callable>> = new Map<
  IntName,
  ReadonlyMap<string, Callable>
>([
  ['time.Duration', durationMethods],
  ['time.Month', new Map([['String', textMethod('time.Month')]])],
  ['time.Weekday', new Map([['String', textMethod('time.Weekday')]])],
])
