import { hostname } from 'node:os'
import { inspect } from 'node:util'
import { type DestinationStream, pino } from 'pino'

export type Level = 'panic' | 'fatal' | 'error' | 'warn' | 'info' | 'debug' | 'trace'
export type LogFields = Readonly<Record<string, unknown>>

/** The log: one line per call, with fields. */
export interface Log {
  error(text: string, fields?: LogFields): void
  warn(text: string, fields?: LogFields): void
  info(text: string, fields?: LogFields): void
  debug(text: string, fields?: LogFields): void
}

export interface LogOptions {
  readonly level: Level
  readonly format: 'json' | 'json_pretty' | 'gelf' | 'text'
  /** Removes secrets from texts; default: unchanged. */
  readonly redact?: (text: string) => string
  readonly write?: (line: string) => void
}

const toStderr = (line: string): void => {
  process.stderr.write(line)
}

/** Logs to standard error, because commands print their results to standard output. */
export function createLog(options: LogOptions): Log {
  const { level, format, redact = unchanged, write = toStderr } = options
  const destination: DestinationStream = { write: line => write(forms[format](line)) }
  const logger = pino(
    {
      level: level === 'panic' ? 'fatal' : level,
      base: { audience: 'application', service_name: 'Oarlock' },
      messageKey: 'msg',
      timestamp: () => `,"time":"${new Date().toISOString()}"`,
      formatters: { level: name => ({ level: name === 'warn' ? 'warning' : name }) },
    },
    destination,
  )
  const logAt =
    (name: 'error' | 'warn' | 'info' | 'debug') =>
    (text: string, fields: LogFields = {}): void => {
      if (logger.isLevelEnabled(name)) logger[name](redacted(fields, redact), redact(text))
    }
  return { error: logAt('error'), warn: logAt('warn'), info: logAt('info'), debug: logAt('debug') }
}

const unchanged = (text: string): string => text

const redacted = (fields: LogFields, redact: (text: string) => string): LogFields =>
  Object.fromEntries(Object.entries(fields).map(([key, value]) => [key, shown(value, redact)]))

const shown = (value: unknown, redact: (text: string) => string): unknown => {
  if (typeof value === 'string') return redact(value)
  return Array.isArray(value) ? value.map(item => shown(item, redact)) : value
}

const first = ['time', 'level', 'msg']

type Form = (json: string) => string

/** Severity levels of syslog. */
const severities: Readonly<Record<string, number>> = {
  fatal: 2,
  error: 3,
  warning: 4,
  info: 6,
  debug: 7,
  trace: 7,
}

/** One message of the Graylog Extended Log Format 1.1. */
function gelfLine(json: string): string {
  const { time, level, msg, ...fields } = JSON.parse(json) as Record<string, unknown>
  const extra = Object.entries(fields).map(([key, value]) => [
    `_${key === 'id' ? 'record_id' : key}`,
    typeof value === 'number' ? value : textOf(value),
  ])
  return `${JSON.stringify({
    version: '1.1',
    host: hostname(),
    short_message: textOf(msg),
    timestamp: Date.parse(String(time)) / 1000,
    level: severities[String(level)] ?? 6,
    ...Object.fromEntries(extra),
  })}\n`
}

const textOf = (value: unknown): string =>
  typeof value === 'string' ? value : (JSON.stringify(value) ?? '')

const prettyLine: Form = json => `${JSON.stringify(JSON.parse(json), null, 2)}\n`

/** `time=… level=… msg="…" key=value …`, always one line. */
function textLine(json: string): string {
  const record = JSON.parse(json) as Record<string, unknown>
  const keys = [...first, ...Object.keys(record).filter(key => !first.includes(key))]
  return `${keys.map(key => `${key}=${textValue(record[key])}`).join(' ')}\n`
}

function textValue(value: unknown): string {
  const text = typeof value === 'string' ? value : JSON.stringify(value)
  return text !== undefined && /^[^\s"=]+$/.test(text) ? text : JSON.stringify(text ?? '')
}

/** An error, or another thrown value, as text. Never throws, even for values that cannot be converted to text. */
export function errorText(error: unknown): string {
  try {
    return error instanceof Error ? String(error.stack ?? error.message) : inspect(error)
  } catch {
    return 'an error that cannot be shown'
  }
}

const forms: Readonly<Record<LogOptions['format'], Form>> = {
  json: line => line,
  json_pretty: prettyLine,
  gelf: gelfLine,
  text: textLine,
}
