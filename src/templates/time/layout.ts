/** Go's layouts: a text that shows how the time Mon Jan 2 15:04:05 MST 2006 would be written. */

/** The meaning of one part of a layout; literal text has its own text. */
export interface Piece {
  readonly kind: Kind | 'text'
  readonly text: string
}

export type Kind =
  | 'longMonth'
  | 'month'
  | 'numMonth'
  | 'zeroMonth'
  | 'longWeekday'
  | 'weekday'
  | 'day'
  | 'underDay'
  | 'zeroDay'
  | 'underYearDay'
  | 'zeroYearDay'
  | 'hour'
  | 'hour12'
  | 'zeroHour12'
  | 'minute'
  | 'zeroMinute'
  | 'second'
  | 'zeroSecond'
  | 'longYear'
  | 'year'
  | 'PM'
  | 'pm'
  | 'zone'
  | 'offset'
  | 'fraction'

const kinds: Readonly<Record<string, Kind>> = {
  January: 'longMonth',
  Jan: 'month',
  '1': 'numMonth',
  '01': 'zeroMonth',
  Monday: 'longWeekday',
  Mon: 'weekday',
  '2': 'day',
  _2: 'underDay',
  '02': 'zeroDay',
  __2: 'underYearDay',
  '002': 'zeroYearDay',
  '15': 'hour',
  '3': 'hour12',
  '03': 'zeroHour12',
  '4': 'minute',
  '04': 'zeroMinute',
  '5': 'second',
  '05': 'zeroSecond',
  '2006': 'longYear',
  '06': 'year',
  PM: 'PM',
  pm: 'pm',
  MST: 'zone',
}

/** In the order in which they are tried at one position. `Jan` and `Mon` do not match before a lower-case letter. */
const pattern =
  /January|Jan(?![a-z])|Monday|Mon(?![a-z])|MST|2006|15|002|01|02|03|04|05|06|__2|_2(?!006)|PM|pm|Z07:00:00|Z070000|Z07:00|Z0700|Z07|-07:00:00|-070000|-07:00|-0700|-07|[.,](?:0+|9+)(?!\d)|[1-5]/g

export function readLayout(layout: string): readonly Piece[] {
  const pieces: Piece[] = []
  let at = 0
  for (const match of layout.matchAll(pattern)) {
    if (match.index > at) pieces.push({ kind: 'text', text: layout.slice(at, match.index) })
    pieces.push({ kind: kindOf(match[0]), text: match[0] })
    at = match.index + match[0].length
  }
  if (at < layout.length) pieces.push({ kind: 'text', text: layout.slice(at) })
  return pieces
}

function kindOf(text: string): Kind {
  const known = kinds[text]
  if (known !== undefined) return known
  return text.startsWith('.') || text.startsWith(',') ? 'fraction' : 'offset'
}
