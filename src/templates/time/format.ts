import { type Civil, civilOf, type Instant } from './instant.ts'
import { type Kind, type Piece, readLayout } from './layout.ts'
import { months, weekdays } from './names.ts'

const pad = (value: number, width: number, fill = '0'): string =>
  String(value).padStart(width, fill)

const year = (value: number): string => (value < 0 ? `-${pad(-value, 4)}` : pad(value, 4))

const hour12 = ({ hour }: Civil): number => hour % 12 || 12

const writers: Readonly<Record<Exclude<Kind, 'offset' | 'fraction'>, (civil: Civil) => string>> = {
  longMonth: ({ month }) => months[month - 1] ?? '',
  month: ({ month }) => months[month - 1]?.slice(0, 3) ?? '',
  numMonth: ({ month }) => String(month),
  zeroMonth: ({ month }) => pad(month, 2),
  longWeekday: ({ weekday }) => weekdays[weekday] ?? '',
  weekday: ({ weekday }) => weekdays[weekday]?.slice(0, 3) ?? '',
  day: ({ day }) => String(day),
  underDay: ({ day }) => pad(day, 2, ' '),
  zeroDay: ({ day }) => pad(day, 2),
  underYearDay: ({ yearDay }) => pad(yearDay, 3, ' '),
  zeroYearDay: ({ yearDay }) => pad(yearDay, 3),
  hour: ({ hour }) => pad(hour, 2),
  hour12: civil => String(hour12(civil)),
  zeroHour12: civil => pad(hour12(civil), 2),
  minute: ({ minute }) => String(minute),
  zeroMinute: ({ minute }) => pad(minute, 2),
  second: ({ second }) => String(second),
  zeroSecond: ({ second }) => pad(second, 2),
  longYear: civil => year(civil.year),
  year: civil => pad(Math.abs(civil.year % 100), 2),
  PM: ({ hour }) => (hour >= 12 ? 'PM' : 'AM'),
  pm: ({ hour }) => (hour >= 12 ? 'pm' : 'am'),
  zone: ({ abbreviation, offset }) => abbreviation || offsetText(offset, '-0700'),
}

function offsetText(offset: number, form: string): string {
  if (form.startsWith('Z') && offset === 0) return 'Z'
  const sign = offset < 0 ? '-' : '+'
  const total = Math.abs(offset)
  const parts = [Math.trunc(total / 3600), Math.trunc((total % 3600) / 60), total % 60]
  const colon = form.includes(':') ? ':' : ''
  const wanted = form.slice(1).replaceAll(':', '').length / 2
  const shown = parts.slice(0, wanted).map(part => pad(part, 2))
  return sign + shown.join(colon)
}

/** `.000` writes all digits, `.999` leaves out zeros at the end. */
function fraction(nanosecond: number, form: string): string {
  const digits = pad(nanosecond, 9).slice(0, Math.min(form.length - 1, 9))
  if (form.charAt(1) === '0') return form.charAt(0) + digits
  const kept = digits.replace(/0+$/, '')
  return kept === '' ? '' : form.charAt(0) + kept
}

function write({ kind, text }: Piece, civil: Civil): string {
  if (kind === 'text') return text
  if (kind === 'offset') return offsetText(civil.offset, text)
  return kind === 'fraction' ? fraction(civil.nanosecond, text) : writers[kind](civil)
}

export function formatInstant(instant: Instant, layout: string): string {
  const civil = civilOf(instant)
  return readLayout(layout)
    .map(piece => write(piece, civil))
    .join('')
}

/** Prints a time as Go does. */
export const instantText = (instant: Instant): string =>
  formatInstant(instant, '2006-01-02 15:04:05.999999999 -0700 MST')
