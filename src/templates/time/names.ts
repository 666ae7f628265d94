export const months: readonly string[] = [
  'January',
  'February',
  'March',
  'April',
  'May',
  'June',
  'July',
  'August',
  'September',
  'October',
  'November',
  'December',
]

export const weekdays: readonly string[] = [
  'Sunday',
  'Monday',
  'Tuesday',
  'Wednesday',
  'Thursday',
  'Friday',
  'Saturday',
]

export const monthText = (month: bigint): string => months[Number(month) - 1] ?? `%!Month(${month})`

export const weekdayText = (day: bigint): string => weekdays[Number(day)] ?? `%!Weekday(${day})`
