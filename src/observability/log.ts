import { type DestinationStream, pino } from 'pino'

export type Level = 'panic' | 'fatal' | 'error' | 'warn' | 'info' | 'debug' | 'trace'
export type LogFields = Readonly<Record<string, unknown>>

/** What the rest of the program may say: one line, with fields. */
export interface Log {
  error(text: string, fields?: LogFields): void
  warn(text: string, fields?: LogFields): void
  info(text: string, fields?: LogFields): void
  debug(text: string, fields?: LogFields): void
}

export interface LogOptions {
  readonly level: Level
  readonly format: 'json' | 'json_pretty' | 'gelf' | 'text'
  readonly write?: (line: string) => void
}

const toStderr = (line: string): void => {
  process.stderr.write(line)
}

/** Logs to standard error: standard output belongs to commands that print something. */
export function createLog({ level, format, write = toStderr }: LogOptions): Log {
  const destination: DestinationStream = {
    write: format === 'text' ? line => write(textLine(line)) : write,
  }
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
  return {
    error: (text, fields = {}) => logger.error(fields, text),
    warn: (text, fields = {}) => logger.warn(fields, text),
    info: (text, fields = {}) => logger.info(fields, text),
    debug: (text, fields = {}) => logger.debug(fields, text),
  }
}

const first = ['time', 'level', 'msg']

/** `time=… level=… msg="…" key=value …`, one line whatever the values hold. */
function textLine(json: string): string {
  const record = JSON.parse(json) as Record<string, unknown>
  const keys = [...first, ...Object.keys(record).filter(key => !first.includes(key))]
  return `${keys.map(key => `${key}=${textValue(record[key])}`).join(' ')}\n`
}

function textValue(value: unknown): string {
  const text = typeof value === 'string' ? value : JSON.stringify(value)
  return text !== undefined && /^[^\s"=]+$/.test(text) ? text : JSON.stringify(text ?? '')
}

/** An error (or whatever was thrown) as one field. */
export const errorText = (error: unknown): string =>
  error instanceof Error ? (error.stack ?? error.message) : String(error)
