import { durationText } from '../time/duration.ts'
import { monthText, weekdayText } from '../time/names.ts'
import type { IntName } from './value.ts'

interface IntType {
  /** Go's name of the kind in reflection. */
  readonly kind: string
  readonly unsigned: boolean
  /** Prints the value, when not as digits. */
  readonly text?: (value: bigint) => string
}

export const intTypes: Readonly<Record<IntName, IntType>> = {
  int: { kind: 'int', unsigned: false },
  int64: { kind: 'int64', unsigned: false },
  uint8: { kind: 'uint8', unsigned: true },
  uint64: { kind: 'uint64', unsigned: true },
  'time.Duration': { kind: 'int64', unsigned: false, text: durationText },
  'time.Month': { kind: 'int', unsigned: false, text: monthText },
  'time.Weekday': { kind: 'int', unsigned: false, text: weekdayText },
}
