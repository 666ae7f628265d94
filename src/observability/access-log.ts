/** One line per HTTP request, with the names and fields of Oathkeeper's `completed handling request`. */
import { textOf } from '../lib/bytes.ts'
import { statusText } from '../lib/http-status.ts'
import type { LogOptions } from './log.ts'
import type { Redaction } from './redaction.ts'
import type { Sink } from './sink.ts'

/** What was asked and answered. Strings are byte strings. */
export interface Exchange {
  readonly remote: string
  readonly method: string
  readonly scheme: string
  readonly host: string
  readonly path: string
  readonly query: string
  /** Flat: name, value, name, value, … */
  readonly headers: readonly string[]
  readonly status: number
  readonly answered: readonly string[]
  /** Milliseconds. */
  readonly took: number
  readonly decisionId: string | undefined
  readonly trace: { readonly traceId: string; readonly spanId: string } | undefined
}

export interface AccessLog {
  readonly record: (exchange: Exchange) => void
}

export interface AccessLogOptions {
  readonly format: LogOptions['format']
  readonly redaction: Redaction
  readonly sink: Pick<Sink, 'write'>
}

const message = 'completed handling request'

export function createAccessLog({ format, redaction, sink }: AccessLogOptions): AccessLog {
  const line = format === 'text' ? textLine : jsonLine
  return {
    record: exchange => sink.write(line(new Date().toISOString(), exchange, redaction)),
  }
}

function jsonLine(time: string, exchange: Exchange, redaction: Redaction): string {
  const request = requestJson(exchange, redaction)
  const response = responseJson(exchange, redaction)
  const more = moreJson(exchange)
  return `{${more}"http_request":${request},"http_response":${response},"level":"info","msg":"${message}","time":"${time}"}\n`
}

function textLine(time: string, exchange: Exchange, redaction: Redaction): string {
  const { decisionId } = exchange
  const request = JSON.stringify(requestJson(exchange, redaction))
  const response = JSON.stringify(responseJson(exchange, redaction))
  const id = decisionId === undefined ? '' : ` decision_id=${decisionId}`
  return `time=${time} level=info msg="${message}"${id} http_request=${request} http_response=${response}\n`
}

function moreJson({ decisionId, trace }: Exchange): string {
  const id = decisionId === undefined ? '' : `"decision_id":"${decisionId}",`
  if (trace === undefined) return id
  return `${id}"otel":{"span_id":"${trace.spanId}","trace_id":"${trace.traceId}"},`
}

function requestJson(exchange: Exchange, redaction: Redaction): string {
  const { remote, method, scheme, host, path, query } = exchange
  const shown = redaction.query(query)
  return (
    `{"headers":${headersJson(exchange.headers, redaction)},"host":${quote(host)},"method":${quote(method)}` +
    `,"path":${quote(path)},"query":${shown === null ? 'null' : quote(shown)}` +
    `,"remote":${quote(remote)},"scheme":${quote(scheme)}}`
  )
}

function responseJson({ status, answered, took }: Exchange, redaction: Redaction): string {
  const size = Number(firstOf(answered, 'content-length') ?? 0)
  return (
    `{"headers":${headersJson(answered, redaction)},"size":${size},"status":${status}` +
    `,"text_status":${quote(statusText(status))},"took":${Math.round(took * 1e6)}}`
  )
}

function firstOf(flat: readonly string[], name: string): string | undefined {
  for (let i = 0; i < flat.length; i += 2) if (flat[i]?.toLowerCase() === name) return flat[i + 1]
  return undefined
}

/** By lower-case name; of a name that is there several times the first value, as in the original. */
function headersJson(flat: readonly string[], { header }: Redaction): string {
  const names: string[] = []
  let json = ''
  for (let i = 0; i < flat.length; i += 2) {
    const name = (flat[i] ?? '').toLowerCase()
    if (name === 'host' || names.includes(name)) continue
    const comma = names.length === 0 ? '' : ','
    names.push(name)
    json += `${comma}${quote(name)}:${quote(header(name, flat[i + 1] ?? ''))}`
  }
  return `{${json}}`
}

const special = /[^ !#-[\]-~]/

/** A byte string as JSON text. */
const quote = (bytes: string): string =>
  special.test(bytes) ? JSON.stringify(textOf(bytes)) : `"${bytes}"`
