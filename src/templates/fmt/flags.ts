import { runeCount } from '../go/utf8.ts'

/** The flags, width and precision between `%` and the verb. */
export interface Flags {
  readonly width: number | undefined
  readonly precision: number | undefined
  readonly minus: boolean
  readonly plus: boolean
  readonly sharp: boolean
  readonly space: boolean
  readonly zero: boolean
  /** Set by `%+v` and `%#v` instead of `plus` and `sharp`. */
  readonly plusV: boolean
  readonly sharpV: boolean
}

export const noFlags: Flags = {
  width: undefined,
  precision: undefined,
  minus: false,
  plus: false,
  sharp: false,
  space: false,
  zero: false,
  plusV: false,
  sharpV: false,
}

/** The sign of a number. */
export function signOf(negative: boolean, { plus, space }: Flags): string {
  if (negative) return '-'
  return plus ? '+' : space ? ' ' : ''
}

/** Pads to a width in runes; zeros only on the left. */
export function pad(text: string, flags: Flags, zero = flags.zero): string {
  const { width = 0, minus } = flags
  if (width === 0) return text
  const missing = width - runeCount(text)
  if (missing <= 0) return text
  if (minus) return text + ' '.repeat(missing)
  return (zero ? '0' : ' ').repeat(missing) + text
}
