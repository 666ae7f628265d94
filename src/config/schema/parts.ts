/** Functions that build the sections of the schema. */
import { durationPattern } from '../../lib/duration.ts'

/** A section with only these keys. */
export const section = <const Properties extends object>(
  description: string,
  properties: Properties,
) => ({ type: 'object', additionalProperties: false, description, properties }) as const

export const text = <const Default extends string>(initial: Default, description: string) =>
  ({ type: 'string', default: initial, description }) as const

export const flag = (initial: boolean, description: string) =>
  ({ type: 'boolean', default: initial, description }) as const

export const duration = (initial: string, description: string) =>
  ({ type: 'string', pattern: durationPattern, default: initial, description }) as const

/** A whole number of at least one. */
export const count = (initial: number, description: string) =>
  ({ type: 'integer', minimum: 1, default: initial, description }) as const

export const texts = (initial: readonly string[], description: string) =>
  ({ type: 'array', items: { type: 'string' }, default: initial, description }) as const

export const choice = <const Values extends readonly string[]>(
  values: Values,
  initial: Values[number],
  description: string,
) => ({ type: 'string', enum: values, default: initial, description }) as const

export const ratio = (initial: number, description: string) =>
  ({ type: 'number', default: initial, description }) as const

/** `collector:4318`, `10.0.0.1:4318`, `[::1]:4318`. */
export const address = (description: string) =>
  ({
    type: 'string',
    pattern: '^(?:\\[[0-9A-Fa-f:.]+\\]|[A-Za-z0-9._-]+):[0-9]{1,5}$',
    description,
  }) as const

export const port = (initial: number) =>
  ({
    type: 'integer',
    minimum: 0,
    maximum: 65_535,
    default: initial,
    description: 'The port to listen on. 0: any free port.',
  }) as const

export const host = text(
  '',
  'The address to listen on. Empty: all addresses. Write IPv6 addresses in brackets.',
)

export const socket = text(
  '',
  'The path of a unix socket to listen on instead of the port. Empty: the port is used.',
)

export const socketMode = {
  type: 'string',
  pattern: '^(?:0?[0-7]{3})?$',
  default: '',
  description:
    'Permissions of the socket\'s file in octal digits, such as "0660". Empty: the umask decides.',
} as const
