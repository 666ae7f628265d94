import { quoted } from './duration.ts'
import { daysIn, type Fields, type Instant, instantOf } from './instant.ts'
import { type Kind, type Piece, readLayout } from './layout.ts'
import { months, weekdays } from './names.ts'
import { fixedZone, utc, type Zone } from './zone.ts'

type Draft = { -readonly [K in keyof Fields]: Fields[K] } & {
  yearDay: number | undefined
  afternoon: boolean | undefined
  offset: number | undefined
  abbreviation: string
}

/** The text that can belong to each kind of part. */
const shapes: Readonly<Record<Kind, RegExp>> = {
  longMonth: new RegExp(`^(?:${months.join('|')})`, 'i'),
  month: new RegExp(`^(?:${months.map(name => name.slice(0, 3)).join('|')})`, 'i'),
  numMonth: /^\d{1,2}/,
  zeroMonth: /^\d{2}/,
  longWeekday: new RegExp(`^(?:${weekdays.join('|')})`, 'i'),
  weekday: new RegExp(`^(?:${weekdays.map(name => name.slice(0, 3)).join('|')})`, 'i'),
  day: /^\d{1,2}/,
  underDay: /^ ?\d{1,2}/,
  zeroDay: /^\d{2}/,
  underYearDay: /^ {0,2}\d{1,3}/,
  zeroYearDay: /^\d{3}/,
  hour: /^\d{1,2}/,
  hour12: /^\d{1,2}/,
  zeroHour12: /^\d{2}/,
  minute: /^\d{1,2}/,
  zeroMinute: /^\d{2}/,
  second: /^\d{1,2}/,
  zeroSecond: /^\d{2}/,
  longYear: /^\d{4}/,
  year: /^\d{2}/,
  PM: /^(?:AM|PM)/,
  pm: /^(?:am|pm)/,
  zone: /^(?:GMT[+-]\d{1,2}|[A-Z]{3,4}|[+-]\d{2}(?:\d{2})?)/,
  offset: /^[+-]\d{2}/,
  fraction: /^[.,]\d+/,
}

const limits: Partial<
  Record<Kind, readonly [part: keyof Fields, low: number, high: number, name: string]>
> = {
  numMonth: ['month', 1, 12, 'month'],
  zeroMonth: ['month', 1, 12, 'month'],
  day: ['day', 0, 99, 'day'],
  underDay: ['day', 0, 99, 'day'],
  zeroDay: ['day', 0, 99, 'day'],
  hour: ['hour', 0, 23, 'hour'],
  hour12: ['hour', 0, 12, 'hour'],
  zeroHour12: ['hour', 0, 12, 'hour'],
  minute: ['minute', 0, 59, 'minute'],
  zeroMinute: ['minute', 0, 59, 'minute'],
  second: ['second', 0, 59, 'second'],
  zeroSecond: ['second', 0, 59, 'second'],
}

interface Fault {
  readonly fault: string
}

/** The remaining text; undefined when the part does not match; or what is wrong with its value. */
type Left = string | undefined | Fault

/** Returns the instant, or an Error with Go's message when the text does not have that form. */
export function parseInstant(layout: string, text: string): Instant | Error {
  const draft = emptyDraft()
  const pieces = readLayout(layout)
  let rest = text
  for (const [index, piece] of pieces.entries()) {
    const left = readPiece(piece, rest, draft)
    if (left === undefined) return mismatch([layout, text], piece, rest)
    if (typeof left !== 'string') return wrong(text, left.fault)
    rest = readOwnFraction(pieces, index, { rest: left, draft })
  }
  if (rest !== '') return wrong(text, `: extra text: ${quoted(rest)}`)
  const instant = toInstant(draft)
  return 'fault' in instant ? wrong(text, instant.fault) : instant
}

const emptyDraft = (): Draft => ({
  year: 0,
  month: -1,
  day: -1,
  hour: 0,
  minute: 0,
  second: 0,
  nanosecond: 0,
  yearDay: undefined,
  afternoon: undefined,
  offset: undefined,
  abbreviation: '',
})

const wrong = (text: string, message: string): Error =>
  new Error(`parsing time ${quoted(text)}${message}`)

const mismatch = ([layout, text]: readonly [string, string], piece: Piece, rest: string): Error =>
  wrong(text, ` as ${quoted(layout)}: cannot parse ${quoted(rest)} as ${quoted(piece.text)}`)

function readPiece({ kind, text }: Piece, rest: string, draft: Draft): Left {
  if (kind === 'text') return withoutText(text, rest)
  if (kind === 'offset') return readOffset(text, rest, draft)
  const found = shapes[kind].exec(rest)?.[0]
  if (found === undefined) return kind === 'fraction' && text.charAt(1) === '9' ? rest : undefined
  if (kind === 'fraction' && text.charAt(1) === '0' && found.length !== text.length)
    return undefined
  const fault = store(kind, found, draft)
  return fault === undefined ? rest.slice(found.length) : { fault }
}

/** A space of the layout matches any number of spaces. */
function withoutText(text: string, rest: string): Left {
  let left = rest
  for (const character of text) {
    if (character === ' ') {
      if (left !== '' && !left.startsWith(' ')) return undefined
      left = left.replace(/^ +/, '')
    } else if (left.startsWith(character)) left = left.slice(1)
    else return undefined
  }
  return left
}

function readOffset(form: string, rest: string, draft: Draft): Left {
  if (form.startsWith('Z') && rest.startsWith('Z')) {
    draft.offset = 0
    draft.abbreviation = 'UTC'
    return rest.slice(1)
  }
  const colon = form.includes(':') ? ':' : ''
  const count = form.slice(1).replaceAll(':', '').length / 2
  const shape = new RegExp(`^([+-])(\\d{2})${`${colon}(\\d{2})`.repeat(count - 1)}`)
  const [whole, sign, hours, minutes = '0', seconds = '0'] = shape.exec(rest) ?? []
  if (whole === undefined) return undefined
  if (Number(hours) > 24 || Number(minutes) > 60 || Number(seconds) > 60) {
    return { fault: ': time zone offset out of range' }
  }
  const total = Number(hours) * 3600 + Number(minutes) * 60 + Number(seconds)
  draft.offset = sign === '-' ? -total : total
  return rest.slice(whole.length)
}

/** Stores the value of a part; returns what is wrong with it. */
function store(kind: Kind, text: string, draft: Draft): string | undefined {
  const limit = limits[kind]
  if (limit !== undefined) {
    const [part, low, high, name] = limit
    const value = Number(text)
    draft[part] = value
    return value < low || value > high ? `: ${name} out of range` : undefined
  }
  storeOther(kind, text, draft)
  return undefined
}

function storeOther(kind: Kind, text: string, draft: Draft): void {
  switch (kind) {
    case 'longMonth':
    case 'month':
      draft.month = 1 + months.findIndex(name => sameStart(name, text))
      return
    case 'longYear':
      draft.year = Number(text)
      return
    case 'year':
      draft.year = Number(text) + (Number(text) >= 69 ? 1900 : 2000)
      return
    case 'underYearDay':
    case 'zeroYearDay':
      draft.yearDay = Number(text)
      return
    case 'PM':
    case 'pm':
      draft.afternoon = text.toUpperCase() === 'PM'
      return
    case 'zone':
      draft.abbreviation = text
      return
    case 'fraction':
      draft.nanosecond = Number(text.slice(1, 10).padEnd(9, '0'))
  }
}

const sameStart = (name: string, text: string): boolean =>
  name.slice(0, text.length).toLowerCase() === text.toLowerCase()

/** After the seconds a fraction is allowed even if the layout has none. */
function readOwnFraction(
  pieces: readonly Piece[],
  index: number,
  { rest, draft }: { readonly rest: string; readonly draft: Draft },
): string {
  const { kind } = pieces[index] ?? { kind: 'text' }
  if (kind !== 'second' && kind !== 'zeroSecond') return rest
  if (pieces[index + 1]?.kind === 'fraction') return rest
  const found = shapes.fraction.exec(rest)?.[0]
  if (found === undefined) return rest
  store('fraction', found, draft)
  return rest.slice(found.length)
}

function toInstant(draft: Draft): Instant | Fault {
  const { year, afternoon } = draft
  const date = dateOf(draft)
  if (date === undefined) return { fault: ': day-of-year out of range' }
  if (date.day < 1 || date.day > daysIn(year, date.month)) return { fault: ': day out of range' }
  const { hour: shown } = draft
  const hour =
    afternoon === true && shown < 12 ? shown + 12 : afternoon === false && shown === 12 ? 0 : shown
  const zone = zoneFor(draft)
  // A zone name alone only determines how the time is printed, not the instant.
  const clock = draft.offset === undefined ? utc : zone
  return { ...instantOf({ ...draft, ...date, hour }, clock), zone }
}

function dateOf({ year, month, day, yearDay }: Draft) {
  if (yearDay === undefined) return { month: month < 0 ? 1 : month, day: day < 0 ? 1 : day }
  let left = yearDay
  for (let candidate = 1; candidate <= 12; candidate++) {
    const length = daysIn(year, candidate)
    if (left >= 1 && left <= length) return { month: candidate, day: left }
    left -= length
  }
  return undefined
}

function zoneFor({ offset, abbreviation }: Draft): Zone {
  if (offset !== undefined) {
    return offset === 0 ? utc : fixedZone(offset, /^[A-Z]/.test(abbreviation) ? abbreviation : '')
  }
  if (abbreviation === '' || abbreviation === 'UTC') return utc
  const hours = /^GMT([+-]\d{1,2})$/.exec(abbreviation)?.[1]
  return fixedZone(hours === undefined ? 0 : Number(hours) * 3600, abbreviation)
}
