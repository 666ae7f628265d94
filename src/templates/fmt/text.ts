/** Formats one string or boolean; undefined when the verb is not for it. */
import { canBackquote, quoteText } from '../go/quote.ts'
import { firstRunes } from '../go/utf8.ts'
import { type Flags, pad } from './flags.ts'

export function formatBool(value: boolean, verb: string, flags: Flags): string | undefined {
  return verb === 't' || verb === 'v' ? pad(String(value), flags) : undefined
}

export function formatString(value: string, verb: string, flags: Flags): string | undefined {
  switch (verb) {
    case 'v':
      return flags.sharpV ? quoted(value, flags) : plain(value, flags)
    case 's':
      return plain(value, flags)
    case 'q':
      return quoted(value, flags)
    case 'x':
    case 'X':
      return hexBytes(value, verb, flags)
    default:
      return undefined
  }
}

const truncate = (value: string, { precision }: Flags): string =>
  precision === undefined ? value : firstRunes(value, precision)

export const plain = (value: string, flags: Flags): string => pad(truncate(value, flags), flags)

function quoted(value: string, flags: Flags): string {
  const text = truncate(value, flags)
  const raw = flags.sharp && canBackquote(text)
  return pad(raw ? `\`${text}\`` : quoteText(text, flags.plus), flags)
}

function hexBytes(value: string, verb: 'x' | 'X', flags: Flags): string {
  const bytes = Buffer.from(value.slice(0, flags.precision ?? value.length), 'latin1')
  const separator = flags.space ? (flags.sharp ? ' 0x' : ' ') : ''
  const digits = Array.from(bytes, byte => byte.toString(16).padStart(2, '0')).join(separator)
  const text = flags.sharp && digits !== '' ? `0x${digits}` : digits
  return pad(verb === 'X' ? text.toUpperCase() : text, flags)
}
