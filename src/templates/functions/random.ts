/** Functions with random results, from the system's source of randomness, including `randInt`. */
import { randomBytes, randomInt, randomUUID } from 'node:crypto'
import { callError } from '../go/call-error.ts'
import { fixed } from '../go/callable.ts'
import { maxText } from '../go/size.ts'
import { type Callable, int } from '../go/value.ts'
import { splitRunes } from '../text/split.ts'
import type { FunctionGroup } from './function.ts'

const digits = '0123456789'
const letters = 'abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ'
const printable = Array.from({ length: 95 }, (_, i) => String.fromCharCode(32 + i)).join('')

/** A negative count returns an empty text, because Oathkeeper ignores the error. */
const randomText = (characters: string): Callable =>
  fixed(['int'], count => {
    if (count > maxText) throw callError('output is larger than 1 MiB')
    let text = ''
    for (let i = 0; i < count; i++) text += characters[randomInt(characters.length)] ?? ''
    return text
  })

function bytes(count: number): string {
  if (count < 0) throw callError('runtime error: makeslice: len out of range')
  if (count > maxText) throw callError('output is larger than 1 MiB')
  return randomBytes(count).toString('base64')
}

/** The largest range of Node's randomInt. */
const span = 2 ** 47

function between(min: number, max: number): number {
  if (!(max > min)) throw callError('invalid argument to Intn')
  return min + randomInt(Math.min(max - min, span))
}

/** Fisher–Yates shuffle. */
function shuffled(text: string): string {
  const runes = [...splitRunes(text)]
  for (let i = runes.length - 1; i > 0; i--) {
    const j = randomInt(i + 1)
    const [one = '', other = ''] = [runes[i], runes[j]]
    runes[i] = other
    runes[j] = one
  }
  return runes.join('')
}

export const random: FunctionGroup = {
  randAlphaNum: randomText(letters + digits),
  randAlpha: randomText(letters),
  randNumeric: randomText(digits),
  randAscii: randomText(printable),
  randBytes: fixed(['int'], bytes),
  randInt: fixed(['int', 'int'], (min, max) => int(between(min, max))),
  shuffle: fixed(['string'], shuffled),
  uuidv4: fixed([], () => randomUUID()),
}
