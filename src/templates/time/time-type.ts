/** time.Time as templates see it. */
import { callError } from '../go/call-error.ts'
import { method, uncallable } from '../go/callable.ts'
import { type Callable, int, pointer, type StructType, struct, type Value } from '../go/value.ts'
import { formatInstant, instantText } from './format.ts'
import { billion, type Civil, civilOf, type Instant, instantOf, zeroInstant } from './instant.ts'
import { utc, type Zone } from './zone.ts'

const locationType: StructType = {
  name: 'time.Location',
  fields: new Map(),
  methods: new Map([['String', method<Zone, []>([], ({ name }) => name)]]),
  text: target => (target as Zone).name,
}

const reads = (read: (instant: Instant) => Value): Callable => method<Instant, []>([], read)
const part = (name: keyof Civil): Callable => reads(instant => int(Number(civilOf(instant)[name])))
const units = (perSecond: bigint): Callable =>
  reads(({ nanoseconds }) => {
    const unit = billion / perSecond
    const whole = nanoseconds / unit
    return int(nanoseconds % unit < 0n ? whole - 1n : whole, 'int64')
  })

type Compare = (own: bigint, other: bigint) => boolean
const compares = (holds: Compare): Callable =>
  method<Instant, ['time']>(['time'], ({ nanoseconds }, other) =>
    holds(nanoseconds, (other as Instant).nanoseconds),
  )

const inZone = ({ nanoseconds }: Instant, zone: Zone): Value => timeValue({ nanoseconds, zone })

type Span = readonly [years: number, months: number, days: number]

function withDate(instant: Instant, [years, months, days]: Span): Value {
  const civil = civilOf(instant)
  const { year, month, day } = civil
  return timeValue(
    instantOf(
      { ...civil, year: year + years, month: month + months, day: day + days },
      instant.zone,
    ),
  )
}

function rounded({ nanoseconds, zone }: Instant, unit: bigint, up: boolean): Value {
  if (unit <= 0n) return timeValue({ nanoseconds, zone })
  const since = nanoseconds - zeroInstant.nanoseconds
  const rest = ((since % unit) + unit) % unit
  const more = up && rest * 2n >= unit ? unit : 0n
  return timeValue({ nanoseconds: nanoseconds - rest + more, zone })
}

const twoResults = (name: string, second: string): Callable =>
  uncallable(
    [],
    `invalid function signature for ${name}: second return value should be error; is ${second}`,
  )

const methods: ReadonlyMap<string, Callable> = new Map<string, Callable>([
  ['Format', method<Instant, ['string']>(['string'], formatInstant)],
  ['String', reads(instantText)],
  ['Unix', units(1n)],
  ['UnixMilli', units(1000n)],
  ['UnixMicro', units(1_000_000n)],
  ['UnixNano', units(billion)],
  ['Year', part('year')],
  ['Month', reads(instant => int(civilOf(instant).month, 'time.Month'))],
  ['Day', part('day')],
  ['Hour', part('hour')],
  ['Minute', part('minute')],
  ['Second', part('second')],
  ['Nanosecond', part('nanosecond')],
  ['Weekday', reads(instant => int(civilOf(instant).weekday, 'time.Weekday'))],
  ['YearDay', part('yearDay')],
  ['IsZero', reads(({ nanoseconds }) => nanoseconds === zeroInstant.nanoseconds)],
  ['UTC', reads(instant => inZone(instant, utc))],
  ['Local', reads(instant => inZone(instant, { ...utc, name: 'Local' }))],
  ['Location', reads(({ zone }) => pointer(locationType, zone))],
  ['Before', compares((own, other) => own < other)],
  ['After', compares((own, other) => own > other)],
  ['Equal', compares((own, other) => own === other)],
  [
    'Compare',
    method<Instant, ['time']>(['time'], ({ nanoseconds: own }, other) => {
      const { nanoseconds } = other as Instant
      return int(own < nanoseconds ? -1 : own > nanoseconds ? 1 : 0)
    }),
  ],
  [
    'Add',
    method<Instant, ['duration']>(['duration'], ({ nanoseconds, zone }, duration) =>
      timeValue({ nanoseconds: nanoseconds + duration, zone }),
    ),
  ],
  [
    'Sub',
    method<Instant, ['time']>(['time'], ({ nanoseconds }, other) =>
      int(nanoseconds - (other as Instant).nanoseconds, 'time.Duration'),
    ),
  ],
  [
    'AddDate',
    method<Instant, ['int', 'int', 'int']>(['int', 'int', 'int'], (instant, ...span) => {
      if (span.some(count => Math.abs(count) > 1e6)) throw callError('the date is out of range')
      return withDate(instant, span)
    }),
  ],
  [
    'Truncate',
    method<Instant, ['duration']>(['duration'], (instant, unit) => rounded(instant, unit, false)),
  ],
  [
    'Round',
    method<Instant, ['duration']>(['duration'], (instant, unit) => rounded(instant, unit, true)),
  ],
  [
    'In',
    method<Instant, ['location']>(['location'], (instant, zone) => {
      if (zone === null) throw callError('time: missing Location in call to Time.In')
      return inZone(instant, zone as Zone)
    }),
  ],
  ['Date', uncallable([], 'function Date has 3 return values; should be 1 or 2')],
  ['Clock', uncallable([], 'function Clock has 3 return values; should be 1 or 2')],
  ['Zone', twoResults('Zone', 'int')],
])

export const timeType: StructType = {
  name: 'time.Time',
  fields: new Map(),
  methods,
  text: target => instantText(target as Instant),
  textOfStruct: true,
  equal: (a, b) => isSame(a as Instant, b as Instant),
  json: target => formatInstant(target as Instant, '2006-01-02T15:04:05.999999999Z07:00'),
}

/** The zone must also be equal, as in Go. */
const isSame = (a: Instant, b: Instant): boolean =>
  a.nanoseconds === b.nanoseconds && instantText(a) === instantText(b)

export const timeValue = (instant: Instant): Value => struct(timeType, instant)

export const isTime = (value: Value): value is { readonly target: Instant } & Value =>
  typeof value === 'object' && value !== null && 'type' in value && value.type === timeType
